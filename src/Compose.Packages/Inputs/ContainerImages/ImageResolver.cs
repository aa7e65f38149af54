using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Finds an image's manifest and configuration, and pins what they name.</summary>
internal sealed class ImageResolver(ContentStore store)
{
    /// <summary>How deep indexes may name indexes.</summary>
    private const int MaximumDepth = 4;

    /// <summary>Resolves a request.</summary>
    /// <param name="request">What the project asks for.</param>
    /// <param name="source">Where the image is.</param>
    /// <param name="version">The version that was chosen; null for none.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The image cannot be had, or is not for the platform.</exception>
    public async Task<LockedImage> ResolveAsync(
        ContainerImageRequest request, IImageSource source, string? version, CancellationToken cancellationToken)
    {
        var found = await source.FindAsync(cancellationToken).ConfigureAwait(false);
        var manifest = await ManifestAsync(found, request, source, cancellationToken).ConfigureAwait(false);
        var config = LockedBlob.Of(manifest.Config.Digest, manifest.Config.Size);
        await source.FetchAsync([config], progress: null, arrived: null, cancellationToken).ConfigureAwait(false);
        CheckConfig(ReadConfig(store, config, request.Source), manifest, request);
        return new LockedImage
        {
            Name = request.Source,
            Tag = request.Tag,
            Requested = request.Version,
            Version = version,
            Platform = request.Platform.ToString(),
            Source = source.Name,
            Digest = LockedBlob.Of(found.Digest, found.Size).Digest,
            Manifest = LockedBlob.Of(manifest.Digest, manifest.Size),
            Config = config,
            Layers = [.. manifest.Layers.Select(layer => LockedBlob.Of(layer.Digest, layer.Size))],
        };
    }

    /// <summary>Reads a configuration that the store has.</summary>
    /// <exception cref="DiagnosticException">The store lacks it, or it is malformed.</exception>
    public static OciImageConfig ReadConfig(ContentStore store, LockedBlob config, string image)
    {
        if (!store.TryGetBlob(config.Sha256, out var blob) || blob.Length != config.Size || blob.Length > OciDocumentReader.MaximumSize)
        {
            throw new DiagnosticException(PackageDiagnostics.NotRestored.Create(
                $"The configuration of '{image}' is not in the content store. Run 'dotnet restore'.", image));
        }

        var bytes = new byte[blob.Length];
        using (var stream = blob.OpenRead())
        {
            stream.ReadExactly(bytes);
        }

        return OciDocumentReader.ReadConfig(bytes, image);
    }

    private static async Task<OciManifest> ManifestAsync(
        OciDocument found, ContainerImageRequest request, IImageSource source, CancellationToken cancellationToken)
    {
        var document = found;
        for (var depth = 0; document is OciIndex index; depth++)
        {
            if (depth == MaximumDepth)
            {
                throw Bad(request, $"its indexes name each other more than {MaximumDepth} deep");
            }

            document = await source.ReadAsync(index.Select(request.Platform, request.Source), cancellationToken).ConfigureAwait(false);
        }

        return (OciManifest)document;
    }

    private static void CheckConfig(OciImageConfig config, OciManifest manifest, ContainerImageRequest request)
    {
        if (config.DiffIds.Count != manifest.Layers.Count)
        {
            throw Bad(request, $"its manifest has {manifest.Layers.Count} layers, and its configuration {config.DiffIds.Count}");
        }

        if (config.Platform is { } platform && !request.Platform.Accepts(platform))
        {
            throw new DiagnosticException(OciDiagnostics.NoPlatform.Create(
                $"'{request.Source}' is for {platform}, not for {request.Platform}. Set the item's Platform to take it all the same.", request.Source));
        }
    }

    private static DiagnosticException Bad(ContainerImageRequest request, string reason) =>
        new(OciDiagnostics.BadManifest.Create($"'{request.Source}' cannot be used: {reason}.", request.Source));
}
