using Compose.FileTrees.Caching;
using Compose.SquashFs.Codecs;

namespace Compose.SquashFs;

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

/// <summary>What shares blocks with others. Such a block is called a fragment.</summary>
public enum SquashFsFragments
{
    /// <summary>Files smaller than a block, and the last part of a file that does not fill a block.</summary>
    SmallFilesAndTails,

    /// <summary>Files smaller than a block. All blocks of a larger file are its own.</summary>
    SmallFiles,

    /// <summary>Nothing: all blocks of every file are its own.</summary>
    None,
}

/// <summary>How an image is written. All but <see cref="Threads"/> and <see cref="Cache"/> decides its bytes.</summary>
public sealed record SquashFsOptions
{
    /// <summary>The smallest <see cref="BlockSize"/>, in bytes.</summary>
    public const int MinimumBlockSize = 4 * 1024;

    /// <summary>The largest <see cref="BlockSize"/>, in bytes.</summary>
    public const int MaximumBlockSize = 1024 * 1024;

    /// <summary>The codec and its options.</summary>
    public SquashFsCompression Compression { get; init; } = new ZstdCompression();

    /// <summary>The size of a data block in bytes: a power of two from 4 KiB to 1 MiB.</summary>
    public int BlockSize { get; init; } = 128 * 1024;

    /// <summary>How many threads compress. More or fewer change no byte of the image.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Where compressed blocks are kept from image to image; null for nowhere. A warm, a cold and no cache give the same bytes.
    /// Not used by <see cref="NoCompression"/>.
    /// </summary>
    public BlockCache? Cache { get; init; }

    /// <summary>The image's time, in seconds since 1970-01-01 UTC: 0 to 2^32 - 1.</summary>
    public long ModificationTime { get; init; }

    /// <summary>Which times inodes get.</summary>
    public SquashFsTimes Times { get; init; } = SquashFsTimes.Kept;

    /// <summary>Whether the image can be exported over NFS: it then has a table from inode numbers to inodes.</summary>
    public bool Exportable { get; init; } = true;

    /// <summary>What shares blocks with others.</summary>
    public SquashFsFragments Fragments { get; init; } = SquashFsFragments.SmallFilesAndTails;

    /// <summary>Whether equal files, and equal tails of files, are stored once.</summary>
    public bool FindDuplicates { get; init; } = true;

    /// <summary>Whether blocks of zeros take no space: they then read as holes of a sparse file.</summary>
    public bool KeepSparse { get; init; } = true;

    /// <summary>In which order the contents of files lie in the image; null for that of the inodes: one directory after another.</summary>
    public SquashFsSortList? SortList { get; init; }

    /// <summary>
    /// Whether blocks that look as if no codec could shrink them are stored without trying, where trying takes long. Such
    /// are parts of compressed files; they seldom shrink, and by less than a hundredth.
    /// </summary>
    public bool StoreIncompressible { get; init; } = true;

    /// <summary>
    /// The library that compresses on this platform and its version, such as <c>libzstd 1.5.7 with probe 1</c>. Two versions may give
    /// different bytes for the same tree and options.
    /// </summary>
    /// <exception cref="DiagnosticException">The codec is not there on this platform.</exception>
    public string CodecVersion => Codec.For(this).Version;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Compression);
        ThrowIfUndefined(Times, nameof(Times));
        ThrowIfUndefined(Fragments, nameof(Fragments));
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockSize, MinimumBlockSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlockSize, MaximumBlockSize);
        if (!int.IsPow2(BlockSize))
        {
            throw new ArgumentOutOfRangeException(nameof(BlockSize), BlockSize, "A block size is a power of two.");
        }

        Compression.Validate(BlockSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ModificationTime);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ModificationTime, uint.MaxValue, nameof(ModificationTime));
    }

    private static void ThrowIfUndefined<T>(T value, string name)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "There is no such value.");
        }
    }
}
