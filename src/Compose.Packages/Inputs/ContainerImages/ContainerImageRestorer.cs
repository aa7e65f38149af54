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
    private RegistryClient Client => _client ??= new RegistryClient(store, input.Registries);

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked) => ContainerImageDifferences.Of(locked, Requests);

    /// <inheritdoc/>
    public bool IsOutdated(DiagnosticException failure) =>
        failure.Diagnostic.Descriptor == PackageDiagnostics.FileMissing || failure.Diagnostic.Descriptor == PackageDiagnostics.WrongHash
        || failure.Diagnostic.Descriptor == OciDiagnostics.BadLayout;

    /// <inheritdoc/>
    public async Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (Requests.Count == 0)
        {
            return target;
        }

        var images = new List<LockedImage>();
        foreach (var request in Requests.DistinctBy(request => request.Key))
        {
            var kept = isForced ? null : ContainerImageDifferences.Find(previous?.Images, request);
            images.Add(kept is not null && kept.Requested == request.Version
                ? kept
                : await ResolveAsync(request, cancellationToken).ConfigureAwait(false));
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
                && await FetchAsync(image, request, progress, cancellationToken).ConfigureAwait(false))
            {
                fetched.Add(image.ToString());
            }
        }

        return fetched;
    }

    private bool Has(LockedBlob blob) => store.TryGetBlob(blob.Sha256, out var content) && content.Length == blob.Size;

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

        image = version is null ? image : ImageReference.Parse(image.WithVersion(version).ToString());
        var source = new RegistryImageSource(Client, image, request.IsInsecure);
        return await resolver.ResolveAsync(request, source, version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches what the store lacks of an image, and unpacks each layer while others still arrive.</summary>
    /// <returns>Whether there was something to fetch.</returns>
    private async Task<bool> FetchAsync(
        LockedImage image, ContainerImageRequest request, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var layers = image.Layers.Where(layer => !Has(layer) && (input.KeepsDownloads || !_unpacked.TryGet(layer.Sha256, out _))).ToList();
        if (layers.Count == 0 && Has(image.Config))
        {
            return false;
        }

        var source = Source(image, request);
        await source.FetchAsync([image.Config], progress: null, arrived: null, cancellationToken).ConfigureAwait(false);
        var diffIds = image.Layers.Zip(ImageLayers.DiffIds(store, image))
            .DistinctBy(layer => layer.First.Sha256).ToDictionary(layer => layer.First.Sha256, layer => layer.Second);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var cores = new SemaphoreSlim(Environment.ProcessorCount);
        var unpacking = new ConcurrentBag<Task>();
        try
        {
            await source.FetchAsync(layers, progress, layer => unpacking.Add(UnpackAsync(layer)), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(unpacking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await Task.WhenAll(unpacking).ConfigureAwait(false);
        return true;

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

    private IImageSource Source(LockedImage image, ContainerImageRequest request)
    {
        if (!ImageReference.IsReference(image.Source))
        {
            return new LayoutImageSource(store, image.Source, request.ProjectDirectory, image.Tag);
        }

        input.RequireNetwork($"'{image.Source}'");
        return new RegistryImageSource(Client, ImageReference.Parse(image.Source), request.IsInsecure);
    }

    private static DiagnosticException Bad(ContainerImageRequest request, string reason) =>
        new(RegistryDiagnostics.BadReference.Create($"'{request.Source}' cannot be restored: {reason}.", request.Source));
}
