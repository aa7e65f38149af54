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
public sealed record SquashFsSummary(
    long Bytes,
    long SourceBytes,
    int Inodes,
    long Blocks,
    long SparseBlocks,
    int Fragments,
    int DuplicateFiles,
    int DuplicateTails);

/// <summary>How far the writing is.</summary>
/// <param name="BytesDone">The bytes of files taken in.</param>
/// <param name="BytesTotal">The bytes of files to take in; contents known to be equal count once.</param>
public readonly record struct SquashFsProgress(long BytesDone, long BytesTotal);
