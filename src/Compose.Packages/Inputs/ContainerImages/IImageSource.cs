using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Where one image is.</summary>
internal interface IImageSource
{
    /// <summary>The place for the lock file.</summary>
    string Name { get; }

    /// <summary>Reads the manifest or index that the image's name stands for.</summary>
    Task<OciDocument> FindAsync(CancellationToken cancellationToken);

    /// <summary>Reads a manifest or index that another one names.</summary>
    Task<OciDocument> ReadAsync(OciDescriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Brings blobs into the store, unless it has them.</summary>
    /// <param name="blobs">The blobs.</param>
    /// <param name="progress">Told of what arrives, from several threads.</param>
    /// <param name="arrived">Called for each blob that the store has, from several threads.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    Task FetchAsync(
        IReadOnlyList<LockedBlob> blobs, IProgress<DownloadProgress>? progress, Action<BlobContent>? arrived, CancellationToken cancellationToken);
}
