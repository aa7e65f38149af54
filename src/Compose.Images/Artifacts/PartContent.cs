using System.Buffers.Binary;
using Compose.Formats;
using Compose.Formats.Fat;
using Compose.Formats.Verity;

namespace Compose.Images.Artifacts;

/// <summary>What a part of an artifact holds, by its first bytes.</summary>
public enum PartContent
{
    /// <summary>Something that is not known here.</summary>
    Unknown,

    /// <summary>A folder of the build host.</summary>
    Directory,

    /// <summary>A squashfs image.</summary>
    SquashFs,

    /// <summary>A FAT volume.</summary>
    Fat,

    /// <summary>A dm-verity hash tree.</summary>
    Verity,

    /// <summary>The signature of a root hash.</summary>
    VeritySignature,

    /// <summary>Nothing but zeros at its start.</summary>
    Empty,

    /// <summary>An ext2, ext3 or ext4 file system, which is not read.</summary>
    Ext4,

    /// <summary>A btrfs file system, which is not read.</summary>
    Btrfs,

    /// <summary>An XFS file system, which is not read.</summary>
    Xfs,

    /// <summary>An EROFS file system, which is not read.</summary>
    Erofs,

    /// <summary>A LUKS volume, which is not read.</summary>
    Luks,
}

/// <summary>Tells contents apart.</summary>
internal static class PartContents
{
    private const int EmptySize = 4096;
    private const int BtrfsMagicOffset = 0x10040;

    /// <summary>The content of a part by its signature.</summary>
    public static PartContent Detect(DiskRegion region)
    {
        Span<byte> start = stackalloc byte[EmptySize];
        start = start[..region.ReadAvailable(0, start)];
        if (start.StartsWith("hsqs"u8))
        {
            return PartContent.SquashFs;
        }

        if (VeritySuperblock.IsVerity(start))
        {
            return PartContent.Verity;
        }

        if (start.StartsWith("XFSB"u8))
        {
            return PartContent.Xfs;
        }

        if (start.StartsWith("LUKS"u8))
        {
            return PartContent.Luks;
        }

        if (start.Length > 1082 && BinaryPrimitives.ReadUInt32LittleEndian(start[1024..]) == 0xE0F5E1E2)
        {
            return PartContent.Erofs;
        }

        if (start.Length > 1082 && BinaryPrimitives.ReadUInt16LittleEndian(start[1080..]) == 0xEF53)
        {
            return PartContent.Ext4;
        }

        if (FatReader.IsFat(region))
        {
            return PartContent.Fat;
        }

        Span<byte> btrfs = stackalloc byte[8];
        return region.ReadAvailable(BtrfsMagicOffset, btrfs) == 8 && btrfs.SequenceEqual("_BHRfS_M"u8) ? PartContent.Btrfs
            : start.ContainsAnyExcept((byte)0) ? PartContent.Unknown
            : PartContent.Empty;
    }

    /// <summary>The content's name as tools write it.</summary>
    public static string Name(this PartContent content) => content switch
    {
        PartContent.Directory => "directory",
        PartContent.SquashFs => "squashfs",
        PartContent.Fat => "fat",
        PartContent.Verity => "verity",
        PartContent.VeritySignature => "verity-signature",
        PartContent.Empty => "empty",
        PartContent.Ext4 => "ext4",
        PartContent.Btrfs => "btrfs",
        PartContent.Xfs => "xfs",
        PartContent.Erofs => "erofs",
        PartContent.Luks => "luks",
        _ => "unknown",
    };
}
