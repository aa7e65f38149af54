namespace Compose.SquashFs;

/// <summary>How blocks are compressed.</summary>
public enum SquashFsCompression
{
    /// <summary>Zstandard (RFC 8878), levels 1 to 22, default 15.</summary>
    Zstd,

    /// <summary>Deflate in zlib's wrapping (RFC 1950), levels 1 to 9, default 9.</summary>
    Gzip,

    /// <summary>Blocks are stored as they are. The image names gzip, as the format has no number for none.</summary>
    None,
}

/// <summary>Which modification times inodes get.</summary>
public enum SquashFsTimes
{
    /// <summary>Those of the tree.</summary>
    Kept,

    /// <summary>Those of the tree, but none later than <see cref="SquashFsOptions.ModificationTime"/>.</summary>
    Clamped,

    /// <summary><see cref="SquashFsOptions.ModificationTime"/> for all.</summary>
    Replaced,
}

/// <summary>How an image is written. All but <see cref="Threads"/> decides its bytes.</summary>
public sealed record SquashFsOptions
{
    /// <summary>The smallest <see cref="BlockSize"/>, in bytes.</summary>
    public const int MinimumBlockSize = 4 * 1024;

    /// <summary>The largest <see cref="BlockSize"/>, in bytes.</summary>
    public const int MaximumBlockSize = 1024 * 1024;

    /// <summary>The codec.</summary>
    public SquashFsCompression Compression { get; init; } = SquashFsCompression.Zstd;

    /// <summary>The codec's level; null for the codec's default. Not used by <see cref="SquashFsCompression.None"/>.</summary>
    public int? Level { get; init; }

    /// <summary>The size of a data block in bytes: a power of two from 4 KiB to 1 MiB.</summary>
    public int BlockSize { get; init; } = 128 * 1024;

    /// <summary>How many threads compress. More or fewer change no byte of the image.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The image's time, in seconds since 1970-01-01 UTC: 0 to 2^32 - 1.</summary>
    public long ModificationTime { get; init; }

    /// <summary>Which times inodes get.</summary>
    public SquashFsTimes Times { get; init; } = SquashFsTimes.Kept;

    /// <summary>Whether the image can be exported over NFS: it then has a table from inode numbers to inodes.</summary>
    public bool Exportable { get; init; } = true;

    /// <summary>
    /// Whether the last part of a file that does not fill a block shares a block with those of other files. Files smaller
    /// than a block always do.
    /// </summary>
    public bool PackTails { get; init; } = true;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal void Validate()
    {
        if (!Enum.IsDefined(Compression))
        {
            throw new ArgumentOutOfRangeException(nameof(Compression), Compression, "Unknown compression.");
        }

        if (!Enum.IsDefined(Times))
        {
            throw new ArgumentOutOfRangeException(nameof(Times), Times, "Unknown rule for times.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(BlockSize, MinimumBlockSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlockSize, MaximumBlockSize);
        if (!int.IsPow2(BlockSize))
        {
            throw new ArgumentOutOfRangeException(nameof(BlockSize), BlockSize, "A block size is a power of two.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ModificationTime);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ModificationTime, uint.MaxValue, nameof(ModificationTime));
        if (Level is { } level)
        {
            var maximum = Compression == SquashFsCompression.Zstd ? 22 : 9;
            ArgumentOutOfRangeException.ThrowIfLessThan(level, 1, nameof(Level));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(level, maximum, nameof(Level));
        }
    }
}
