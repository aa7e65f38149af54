namespace Compose.Packages.Downloads;

/// <summary>How far a download is. It is told when it begins, whenever bytes have arrived, and when it is over.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">The bytes that are there.</param>
/// <param name="Total">The file's size in bytes; <see cref="long.MaxValue"/> when it is not known yet.</param>
public readonly record struct DownloadProgress(string Name, long Bytes, long Total)
{
    /// <summary>Whether no more comes although bytes are missing: the download has failed, or the file is the same as before.</summary>
    public bool IsAbandoned { get; init; }

    /// <summary>Whether the size is known.</summary>
    public bool IsTotalKnown => Total != long.MaxValue;
}
