using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Registries;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>An image in a registry.</summary>
internal sealed class RegistryImageSource(RegistryClient client, ImageReference image, bool? isInsecure) : IImageSource
{
    /// <inheritdoc/>
    public string Name => image.ToString();

    /// <inheritdoc/>
    public Task<OciDocument> FindAsync(CancellationToken cancellationToken) => client.GetManifestAsync(image, isInsecure, cancellationToken);

    /// <inheritdoc/>
    public async Task<OciDocument> ReadAsync(OciDescriptor descriptor, CancellationToken cancellationToken)
    {
        var document = await client.GetManifestAsync(image with { Digest = descriptor.Digest }, isInsecure, cancellationToken).ConfigureAwait(false);
        return document.Size == descriptor.Size ? document : throw new DiagnosticException(OciDiagnostics.BadManifest.Create(
            $"'{image}' cannot be used: its index says that {descriptor.DigestText} has {descriptor.Size} bytes, and it has {document.Size}."));
    }

    /// <inheritdoc/>
    public Task FetchAsync(
        IReadOnlyList<LockedBlob> blobs, IProgress<DownloadProgress>? progress, Action<BlobContent>? arrived, CancellationToken cancellationToken) =>
        client.GetBlobsAsync(
            blobs.Select(blob => RegistryClient.Blob(image, isInsecure, blob.Sha256, blob.Size, $"{image.Name} {blob.Digest[..("sha256:".Length + 12)]}")),
            progress,
            arrived,
            cancellationToken);
}
