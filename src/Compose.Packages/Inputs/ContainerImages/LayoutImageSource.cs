using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>An image in a folder or an archive of images.</summary>
/// <param name="store">Where blobs go.</param>
/// <param name="path">The layout's path, relative to the project.</param>
/// <param name="projectDirectory">The project's folder.</param>
/// <param name="tag">The tag; null when the layout has one image only.</param>
internal sealed class LayoutImageSource(ContentStore store, string path, string projectDirectory, string? tag) : IImageSource
{
    private OciLayout? _layout;

    /// <inheritdoc/>
    public string Name => path;

    /// <inheritdoc/>
    public Task<OciDocument> FindAsync(CancellationToken cancellationToken) => ReadAsync(Open(cancellationToken).Find(tag), cancellationToken);

    /// <inheritdoc/>
    public Task<OciDocument> ReadAsync(OciDescriptor descriptor, CancellationToken cancellationToken) =>
        Task.FromResult(OciDocumentReader.Read(Open(cancellationToken).ReadDocument(descriptor), descriptor.MediaType, path));

    /// <inheritdoc/>
    public Task FetchAsync(
        IReadOnlyList<LockedBlob> blobs, IProgress<DownloadProgress>? progress, Action<BlobContent>? arrived, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        return Parallel.ForEachAsync(blobs, options, (blob, token) =>
        {
            var content = Open(token).CopyTo(store, new OciDescriptor("", blob.Sha256, blob.Size), token);
            arrived?.Invoke(content);
            return ValueTask.CompletedTask;
        });
    }

    private OciLayout Open(CancellationToken cancellationToken) => LazyInitializer.EnsureInitialized(
        ref _layout, () => OciLayout.Open(Path.GetFullPath(Path.Combine(projectDirectory, path)), store, cancellationToken));
}
