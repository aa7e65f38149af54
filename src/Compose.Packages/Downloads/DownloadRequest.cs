using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>A file to download, whose bytes are known by their digest.</summary>
/// <param name="Address">An http, https or file address.</param>
/// <param name="Sha256">The digest of the bytes.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Name">The file's name for messages.</param>
public sealed record DownloadRequest(Uri Address, Sha256Digest Sha256, long Size, string Name);

/// <summary>
/// Reads a file while it is downloaded, when it is not yet known whether its bytes are right. It is called on a thread of
/// its own, and once more from the first byte where a download has to begin anew.
/// </summary>
/// <param name="request">The file.</param>
/// <param name="bytes">Its bytes, forward only. Those after a cut connection follow those before it.</param>
/// <param name="transaction">Gets what the reader makes of them. It is committed once the bytes turned out right.</param>
/// <param name="cancellationToken">Ends the reader.</param>
/// <exception cref="DiagnosticException">The bytes are not what they should be. This is told unless they are the wrong ones.</exception>
public delegate void DownloadReader(
    DownloadRequest request, Stream bytes, StoreTransaction transaction, CancellationToken cancellationToken);

/// <summary>A small file, and what its server says of it.</summary>
/// <param name="Bytes">The file.</param>
/// <param name="MediaType">Its media type, without parameters.</param>
/// <param name="Link">The header <c>Link</c> (RFC 8288).</param>
internal sealed record SmallDownload(byte[] Bytes, string? MediaType, string? Link)
{
    /// <summary>All of it as one file, for other projects of a session: a line for each header, then the bytes.</summary>
    public byte[] ToFile() => [.. Encoding.UTF8.GetBytes($"{MediaType}\n{Link}\n"), .. Bytes];

    /// <summary>Reads what <see cref="ToFile"/> made.</summary>
    public static SmallDownload FromFile(byte[] file)
    {
        var mediaTypeEnd = Array.IndexOf(file, (byte)'\n');
        var linkEnd = Array.IndexOf(file, (byte)'\n', mediaTypeEnd + 1);
        return new SmallDownload(file[(linkEnd + 1)..], Text(file[..mediaTypeEnd]), Text(file[(mediaTypeEnd + 1)..linkEnd]));

        static string? Text(byte[] line) => line.Length == 0 ? null : Encoding.UTF8.GetString(line);
    }
}

/// <summary>How a <see cref="Downloader"/> goes about it.</summary>
public sealed record DownloaderOptions
{
    /// <summary>How many files at once: enough for the processors, where files are read while they arrive.</summary>
    public int Parallelism { get; init; } = Math.Clamp(Environment.ProcessorCount, 4, 8);

    /// <summary>How often a request that brought nothing is made again.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The pause before the first repetition; each further one is twice as long.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A connection that brings no byte for this long counts as cut.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest pause that a server may ask for (<c>Retry-After</c>). One that asks for more is not asked again.</summary>
    public TimeSpan MaximumRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock of the pauses between requests.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
