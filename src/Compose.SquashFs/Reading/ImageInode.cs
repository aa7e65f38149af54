using Compose.SquashFs.Metadata;

namespace Compose.SquashFs.Reading;

/// <summary>Where a file's bytes are.</summary>
/// <param name="Length">The size in bytes.</param>
/// <param name="Start">Where its blocks start in the image.</param>
/// <param name="BlockList">Where the sizes of its blocks are in the inode table.</param>
/// <param name="Fragment">The fragment that holds its tail, or <see cref="SquashFsFormat.None"/>.</param>
/// <param name="FragmentOffset">Where its tail is in the fragment.</param>
internal readonly record struct ImageFileLayout(long Length, long Start, MetadataPosition BlockList, uint Fragment, uint FragmentOffset)
{
    public bool HasFragment => Fragment != SquashFsFormat.None;

    /// <summary>The number of blocks, without the tail in a fragment.</summary>
    public long BlockCount(int blockSize) => HasFragment ? Length / blockSize : (Length / blockSize) + (Length % blockSize == 0 ? 0 : 1);

    /// <summary>The size of the tail in a fragment.</summary>
    public int TailLength(int blockSize) => HasFragment ? (int)(Length % blockSize) : 0;
}

/// <summary>Where a directory's listing is.</summary>
/// <param name="BlockStart">Where its first block starts in the directory table.</param>
/// <param name="Offset">Where it starts in that block.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Parent">The number of the parent directory's inode.</param>
/// <param name="IndexCount">The points of its index.</param>
/// <param name="Index">Where its index is in the inode table.</param>
internal readonly record struct ImageListing(uint BlockStart, ushort Offset, uint Length, uint Parent, ushort IndexCount, MetadataPosition Index);

/// <summary>An inode as the image has it.</summary>
internal readonly record struct ImageInode
{
    public required InodeKind Kind { get; init; }

    public required uint Number { get; init; }

    public required ushort Permissions { get; init; }

    /// <summary>The owner's place in the id table.</summary>
    public required ushort UserPlace { get; init; }

    /// <summary>The group's place in the id table.</summary>
    public required ushort GroupPlace { get; init; }

    public required uint ModifiedTime { get; init; }

    /// <summary>The place of the extended attributes, or <see cref="SquashFsFormat.None"/>.</summary>
    public uint Attributes { get; init; }

    /// <summary>A directory's listing.</summary>
    public ImageListing Listing { get; init; }

    /// <summary>A file's bytes.</summary>
    public ImageFileLayout File { get; init; }

    /// <summary>A link's target.</summary>
    public byte[]? Target { get; init; }

    /// <summary>A device's numbers, as the kernel encodes them.</summary>
    public uint Device { get; init; }
}
