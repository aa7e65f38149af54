namespace Compose.SquashFs;

/// <summary>The numbers of the squashfs 4.0 format.</summary>
internal static class SquashFsFormat
{
    public const int SuperblockSize = 96;
    public const int MetadataBlockSize = 8192;
    public const int ImageAlignment = 4096;

    /// <summary>In a data block's or fragment's size: the block is stored as it is.</summary>
    public const uint StoredBlock = 1 << 24;

    /// <summary>In a metadata block's header: the block is stored as it is.</summary>
    public const ushort StoredMetadata = 0x8000;

    /// <summary>The start of a table that the image does not have.</summary>
    public const long NoTable = -1;

    /// <summary>In an inode: no fragment, no extended attributes.</summary>
    public const uint None = uint.MaxValue;

    public const int MaximumNameLength = 256;

    /// <summary>The superblock counts the ids in 16 bits, so 65 536 would read as 0, which the kernel refuses.</summary>
    public const int MaximumIds = ushort.MaxValue;

    /// <summary>PATH_MAX without the terminating NUL.</summary>
    public const int MaximumSymlinkTarget = 4095;

    public const int MaximumAttributeName = 255;
    public const int MaximumAttributeValue = 65536;

    /// <summary>An inode's block list may have this many entries (1 GiB of list): 32 TiB at 128 KiB a block.</summary>
    public const long MaximumBlocks = 1 << 28;

    public const uint MaximumDeviceMajor = 0xFFF;
    public const uint MaximumDeviceMinor = 0xF_FFFF;
}

/// <summary>The kinds of inodes, as inodes and directories name them; an extended inode has 7 more.</summary>
internal enum InodeKind : ushort
{
    Directory = 1,
    File = 2,
    Symlink = 3,
    BlockDevice = 4,
    CharacterDevice = 5,
    Fifo = 6,
    Socket = 7,
}

/// <summary>The superblock's flags.</summary>
[Flags]
internal enum SuperblockFlags : ushort
{
    None = 0,
    StoredInodes = 0x1,
    StoredData = 0x2,
    StoredFragments = 0x8,
    NoFragments = 0x10,
    AlwaysFragments = 0x20,
    Duplicates = 0x40,
    Exportable = 0x80,
    StoredAttributes = 0x100,
    NoAttributes = 0x200,
    CodecOptions = 0x400,
    StoredIds = 0x800,
}
