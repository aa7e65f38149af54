using System.Collections.Concurrent;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Registries;
using Compose.Packages.Restoring;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Restores container images: pins them by digest, and unpacks each layer that it fetches.</summary>
internal sealed class ContainerImageRestorer(ContentStore store, RestoreInput input) : IInputRestorer, IDisposable
{
    private readonly UnpackedLayers _unpacked = new(store);
    private RegistryClient? _client;

    private IReadOnlyList<ContainerImageRequest> Requests => input.Requests.Images;

    /// <summary>Made when a registry is needed: only then the Docker configuration is read.</summary>
    private RegistryClient Client => _client ??= new RegistryClient(store, input.Registries, input.Session);

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked) => ContainerImageDifferences.Of(locked, Requests);

    /// <inheritdoc/>
    /// <remarks>An image that is gone or changed may be an attack; what takes its place is for its author to say.</remarks>
    public bool IsOutdated(DiagnosticException failure) => false;

    /// <inheritdoc/>
    public async Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (Requests.Count == 0)
        {
            return target;
        }

        CheckRepeated();
        var images = new List<LockedImage>();
        foreach (var request in Requests.DistinctBy(request => request.Key))
        {
            var kept = isForced ? null : ContainerImageDifferences.Find(previous?.Images, request);
            images.Add(kept is not null && kept.Requested == request.Version
                ? kept
                : await AtItemAsync(request, ResolveAsync(request, cancellationToken)).ConfigureAwait(false));
        }

        return target with
        {
            Images =
            [
                .. images.OrderBy(image => image.Name, StringComparer.Ordinal)
                    .ThenBy(image => image.Tag, StringComparer.Ordinal)
                    .ThenBy(image => image.Platform, StringComparer.Ordinal),
            ],
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FetchAsync(
        LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var fetched = new List<string>();
        foreach (var image in locked.Images ?? [])
        {
            if (Requests.FirstOrDefault(request => request.Key == (image.Name, image.Tag, image.Platform)) is { } request
                && await AtItemAsync(request, FetchAsync(image, request, progress, cancellationToken)).ConfigureAwait(false))
            {
                fetched.Add(image.ToString());
            }
        }

        return fetched;
    }

    private static async Task<T> AtItemAsync<T>(ContainerImageRequest request, Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (DiagnosticException e)
        {
            throw request.AtItem(e);
        }
    }

    private bool Has(LockedBlob blob) => store.TryGetBlob(blob.Sha256, out var content) && content.Length == blob.Size;

    /// <summary>One image may be taken from twice, but is one image.</summary>
    private void CheckRepeated()
    {
        foreach (var group in Requests.GroupBy(request => request.Key))
        {
            if (group.Select(request => request.Version).Distinct().Count() > 1)
            {
                throw Bad(group.First(), "it is named twice, with different versions");
            }
        }
    }

    private async Task<LockedImage> ResolveAsync(ContainerImageRequest request, CancellationToken cancellationToken)
    {
        var resolver = new ImageResolver(store);
        if (!ImageReference.IsReference(request.Source))
        {
            if (request.Version is not null)
            {
                throw Bad(request, "a layout's images have no versions to choose from. Name one by the item's Tag");
            }

            var layout = new LayoutImageSource(store, request.Source, request.ProjectDirectory, request.Tag);
            return await resolver.ResolveAsync(request, layout, version: null, cancellationToken).ConfigureAwait(false);
        }

        var image = ImageReference.Parse(request.Source);
        if (request.Tag is not null)
        {
            throw Bad(request, "the tag belongs into the image's name; the item's Tag is for layouts");
        }

        if (image.HasVersionPlaceholder != request.Version is not null)
        {
            throw Bad(request, image.HasVersionPlaceholder
                ? $"its tag has {ImageReference.VersionPlaceholder}, and the item has no Version"
                : $"the item has a Version, and the image's tag has no {ImageReference.VersionPlaceholder}");
        }

        input.RequireNetwork($"the manifest of '{request.Source}'");
        var version = ImageVersions.Exact(request.Version);
        if (request.Version is not null && version is null)
        {
            var tags = await Client.ListTagsAsync(image, request.IsInsecure, cancellationToken).ConfigureAwait(false);
            version = ImageVersions.Best(image, request.Version, tags);
        }

        var source = new RegistryImageSource(Client, Reference(request, version), request.IsInsecure);
        return await resolver.ResolveAsync(request, source, version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches what the store lacks of an image, and what is found to be damaged there.</summary>
    /// <returns>Whether there was something to fetch.</returns>
    private async Task<bool> FetchAsync(
        LockedImage image, ContainerImageRequest request, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        for (var damaged = 0; ; damaged++)
        {
            try
            {
                return await FetchMissingAsync(image, request, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (DiagnosticException e) when (e.Diagnostic.Descriptor == StorageDiagnostics.DamagedBlob && damaged <= image.Layers.Count)
            {
                // It was taken out of the store, and so is missing now.
            }
        }
    }

    /// <summary>Fetches what the store lacks of an image.</summary>
    /// <returns>Whether there was something to fetch.</returns>
    private async Task<bool> FetchMissingAsync(
        LockedImage image, ContainerImageRequest request, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        LockedBlob[] layers =
        [
            .. image.Layers.DistinctBy(layer => layer.Sha256)
                .Where(layer => !_unpacked.IsUnpacked(layer.Sha256) || (input.KeepsDownloads && !Has(layer))),
        ];
        LockedBlob[] missing = [.. layers.Where(layer => !Has(layer))];
        var hasConfig = Has(image.Config);
        if (layers.Length == 0 && hasConfig)
        {
            return false;
        }

        var source = hasConfig && missing.Length == 0 ? null : Source(image, request);
        try
        {
            await FetchAsync(image, layers, missing, source, progress, cancellationToken).ConfigureAwait(false);
            return source is not null;
        }
        catch (DiagnosticException e) when (source is not null
            && (e.Diagnostic.Descriptor == RegistryDiagnostics.NotFound || e.Diagnostic.Descriptor == OciDiagnostics.BadLayout))
        {
            await CheckManifestAsync(image, source, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sees whether an image ever had what is locked: contents that are missing may be gone, or have been made up.</summary>
    /// <exception cref="DiagnosticException">Its manifest is there, and names others.</exception>
    private static async Task CheckManifestAsync(LockedImage image, IImageSource source, CancellationToken cancellationToken)
    {
        OciDocument document;
        try
        {
            var manifest = new OciDescriptor(OciMediaTypes.Unknown, image.Manifest.Sha256, image.Manifest.Size);
            document = await source.ReadAsync(manifest, cancellationToken).ConfigureAwait(false);
        }
        catch (DiagnosticException)
        {
            // It is gone, too.
            return;
        }

        if (document is OciManifest read
            && !read.Layers.Prepend(read.Config).Select(blob => LockedBlob.Of(blob.Digest, blob.Size)).SequenceEqual(image.Layers.Prepend(image.Config)))
        {
            throw new DiagnosticException(PackageDiagnostics.WrongHash.Create(
                $"'{image.Source}' does not consist of what was asked for: its manifest {image.Manifest.Digest} names other contents.", image.Name));
        }
    }

    /// <summary>Fetches the configuration and the layers that are missing, and unpacks each layer while others still arrive.</summary>
    /// <param name="image">The image.</param>
    /// <param name="layers">The layers to unpack.</param>
    /// <param name="missing">Those of them to fetch.</param>
    /// <param name="source">Where from; null when nothing is to be fetched.</param>
    /// <param name="progress">Told of the bytes that arrive.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    private async Task FetchAsync(
        LockedImage image,
        IReadOnlyList<LockedBlob> layers,
        IReadOnlyList<LockedBlob> missing,
        IImageSource? source,
        IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            await source.FetchAsync([image.Config], progress: null, arrived: null, cancellationToken).ConfigureAwait(false);
        }

        var diffIds = image.Layers.Zip(ImageLayers.DiffIds(store, image))
            .DistinctBy(layer => layer.First.Sha256).ToDictionary(layer => layer.First.Sha256, layer => layer.Second);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var cores = new SemaphoreSlim(Environment.ProcessorCount);
        var unpacking = new ConcurrentBag<Task>();
        try
        {
            foreach (var layer in layers.Except(missing))
            {
                unpacking.Add(UnpackAsync(store.Reference(layer.Sha256, layer.Size)));
            }

            if (source is not null)
            {
                await source.FetchAsync(missing, progress, layer => unpacking.Add(UnpackAsync(layer)), cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(unpacking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await Task.WhenAll(unpacking).ConfigureAwait(false);

        async Task UnpackAsync(BlobContent layer)
        {
            await cores.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                var name = ImageLayers.NameOf(image, layer.Digest);
                await Task.Run(() => _unpacked.GetOrUnpack(layer, diffIds[layer.Digest], name, stop.Token), stop.Token).ConfigureAwait(false);
            }
            finally
            {
                cores.Release();
            }
        }
    }

    /// <summary>Where a locked image is. Who is asked for it, the project says, and not the lock file.</summary>
    private IImageSource Source(LockedImage image, ContainerImageRequest request)
    {
        if (!ImageReference.IsReference(request.Source))
        {
            return new LayoutImageSource(store, request.Source, request.ProjectDirectory, request.Tag);
        }

        input.RequireNetwork($"'{image.Source}'");
        return new RegistryImageSource(Client, Reference(request, image.Version), request.IsInsecure);
    }

    private static ImageReference Reference(ContainerImageRequest request, string? version)
    {
        var image = ImageReference.Parse(request.Source);
        return version is null ? image : ImageReference.Parse(image.WithVersion(version).ToString());
    }

    private static DiagnosticException Bad(ContainerImageRequest request, string reason) =>
        new(RegistryDiagnostics.BadReference.Create($"'{request.Source}' cannot be restored: {reason}.", request.Source));
}
