namespace Compose.SquashFs.Planning;

/// <summary>
/// Where one content lies in the image. Planned from its size, filled in as blocks are written. Inodes whose contents are
/// known to be equal before they are read share one.
/// </summary>
internal sealed class FileLayout(int item, FileContent content, int blockSize)
{
    private uint[]? _blockSizes;

    /// <summary>The first item of the tree that has this content, for messages.</summary>
    public int Item { get; } = item;

    public FileContent Content { get; } = content;

    /// <summary>The size in bytes: 1 or more.</summary>
    public long Length { get; } = content.Length;

    /// <summary>The number of parts it is read in: full blocks and a shorter tail.</summary>
    public int ChunkCount { get; } = checked((int)((content.Length + blockSize - 1) / blockSize));

    /// <summary>The size of the last part when it is shorter than a block; else 0.</summary>
    public int TailLength { get; } = (int)(content.Length % blockSize);

    /// <summary>Whether the tail goes into a fragment, unless it is all zeros.</summary>
    public bool PacksTail { get; init; }

    /// <summary>
    /// The digests of all parts, when they are known without reading; the default value for a part that is all zeros. Bytes
    /// are read only where one is needed. Null when the content has to be read.
    /// </summary>
    public Sha256Digest[]? KnownDigests { get; init; }

    /// <summary>Another content has the same size: the blocks may be equal, so they are hashed.</summary>
    public bool HashesBlocks { get; set; }

    /// <summary>Another tail has the same size: they may be equal, so it is hashed.</summary>
    public bool HashesTail { get; set; }

    /// <summary>The content whose blocks this one shares; itself when it has its own.</summary>
    public FileLayout BlocksFrom
    {
        get => field ?? this;
        set;
    }

    /// <summary>Where the first stored block is, from the image's start; 0 when none is.</summary>
    public long Start { get; private set; }

    /// <summary>The fragment that holds the tail, or -1.</summary>
    public int Fragment { get; set; } = -1;

    /// <summary>Where the tail is in the uncompressed fragment.</summary>
    public int FragmentOffset { get; set; }

    /// <summary>The number of parts that are blocks and not the fragment.</summary>
    public int BlockCount => Fragment >= 0 ? ChunkCount - 1 : ChunkCount;

    /// <summary>The first blocks' sizes on disk, as an inode lists them; 0 for a sparse one.</summary>
    public ReadOnlySpan<uint> ListBlocks(int count) =>
        count == 0 ? [] : (_blockSizes ??= new uint[ChunkCount]).AsSpan(0, count);

    /// <summary>Notes a stored block. Blocks are noted in order, by one thread at a time.</summary>
    /// <param name="block">Which block.</param>
    /// <param name="start">Where it is, from the image's start.</param>
    /// <param name="size">Its size on disk, with the format's mark when it is stored as it is.</param>
    public void SetBlock(int block, long start, uint size)
    {
        // Not made before: the size in the tree may be a lie, and reading ends before the first block then.
        _blockSizes ??= new uint[ChunkCount];
        _blockSizes[block] = size;
        if (Start == 0)
        {
            Start = start;
        }
    }

    /// <summary>The size of a part.</summary>
    public int ChunkLength(int chunk, int blockSize) => chunk == ChunkCount - 1 && TailLength > 0 ? TailLength : blockSize;

    /// <summary>Whether the part goes into a fragment, unless it is all zeros.</summary>
    public bool IsPackedTail(int chunk) => PacksTail && chunk == ChunkCount - 1;
}
