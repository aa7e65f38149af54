namespace Compose.SquashFs;

/// <summary>What was written.</summary>
/// <param name="Bytes">The image's size, with its padding to 4 KiB.</param>
/// <param name="SourceBytes">The sum of the sizes of all files; hard links count once.</param>
/// <param name="Inodes">The number of inodes.</param>
/// <param name="Blocks">The data blocks stored, without fragments and sparse blocks.</param>
/// <param name="SparseBlocks">The blocks that hold only zeros, and take no space.</param>
/// <param name="Fragments">The fragment blocks stored: blocks of tails and small files.</param>
/// <param name="DuplicateFiles">The files whose whole content is shared with an earlier file.</param>
/// <param name="DuplicateTails">The tails and small files that share the bytes of an earlier one.</param>
/// <param name="CachedBlocks">The blocks and fragments that were taken from the cache instead of being compressed.</param>
/// <param name="Timings">What it took. It differs from run to run: nothing that is written may hold it.</param>
public sealed record SquashFsSummary(
    long Bytes,
    long SourceBytes,
    int Inodes,
    long Blocks,
    long SparseBlocks,
    int Fragments,
    int DuplicateFiles,
    int DuplicateTails,
    long CachedBlocks,
    SquashFsTimings Timings)
{
    /// <summary>Why blocks could not be kept in the cache; null when they were. The image is complete all the same.</summary>
    public string? CacheFailure { get; init; }
}

/// <summary>What the writing took. The first three are wall time and follow each other; the others are summed over all threads.</summary>
/// <param name="Planning">Numbering inodes, planning blocks, looking into the cache.</param>
/// <param name="Data">Reading, hashing, compressing and writing the contents, all at the same time.</param>
/// <param name="Metadata">Inodes, directories and the other tables.</param>
/// <param name="Reading">Opening and reading files, and blocks of the cache.</param>
/// <param name="Hashing">SHA-256 of contents.</param>
/// <param name="Compressing">The codec's work on contents.</param>
/// <param name="Writing">Writing blocks to the image.</param>
public sealed record SquashFsTimings(
    TimeSpan Planning,
    TimeSpan Data,
    TimeSpan Metadata,
    TimeSpan Reading,
    TimeSpan Hashing,
    TimeSpan Compressing,
    TimeSpan Writing);

/// <summary>How far the writing is.</summary>
/// <param name="BytesDone">The bytes of files taken in.</param>
/// <param name="BytesTotal">The bytes of files to take in; contents known to be equal count once.</param>
public readonly record struct SquashFsProgress(long BytesDone, long BytesTotal);
