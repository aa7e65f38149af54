using Compose.FileTrees;

namespace Compose.Packages.Downloads;

/// <summary>A file to download, whose bytes are known by their digest.</summary>
/// <param name="Address">An http, https or file address.</param>
/// <param name="Sha256">The digest of the bytes.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Name">The file's name for messages.</param>
public sealed record DownloadRequest(Uri Address, Sha256Digest Sha256, long Size, string Name);

/// <summary>How far a download is.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">The bytes that are there.</param>
/// <param name="Total">The file's size in bytes.</param>
public readonly record struct DownloadProgress(string Name, long Bytes, long Total);

/// <summary>A small file, and what its server says of it.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="MediaType">Its media type, without parameters.</param>
/// <param name="Link">The header <c>Link</c> (RFC 8288).</param>
internal sealed record SmallDownload(byte[] Bytes, string? MediaType, string? Link);

/// <summary>How a <see cref="Downloader"/> goes about it.</summary>
public sealed record DownloaderOptions
{
    /// <summary>How many files at once.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>How often a request that brought nothing is made again.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The pause before the first repetition; each further one is twice as long.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A connection that brings no byte for this long counts as cut.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
