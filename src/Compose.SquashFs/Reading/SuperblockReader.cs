using System.Buffers.Binary;
using Compose.SquashFs.Metadata;

namespace Compose.SquashFs.Reading;

/// <summary>Reads the superblock and the codec's settings behind it, and checks that they can be true.</summary>
internal static class SuperblockReader
{
    private const uint BigEndianMagic = 0x68737173;

    /// <exception cref="ImageFault">It is no squashfs 4.0 image, or its superblock cannot be true.</exception>
    public static Superblock Read(ImageBytes bytes)
    {
        if (bytes.Length < SquashFsFormat.SuperblockSize)
        {
            throw new ImageFault(SquashFsDiagnostics.NotSquashFs, $"it has {bytes.Length} bytes, and a squashfs image has more");
        }

        Span<byte> span = stackalloc byte[SquashFsFormat.SuperblockSize];
        bytes.Read(0, span);
        CheckVersion(span);
        var superblock = Superblock.Read(span);
        CheckSizes(superblock, BinaryPrimitives.ReadUInt16LittleEndian(span[22..]), bytes.Length);
        CheckTables(superblock);
        return superblock;
    }

    /// <summary>Reads the codec's settings.</summary>
    /// <exception cref="ImageFault">They are not there, or are not the codec's.</exception>
    public static SquashFsCodecSetting[] ReadSettings(ImageBytes bytes, Superblock superblock)
    {
        if (!superblock.Flags.HasFlag(SuperblockFlags.CodecOptions))
        {
            return [];
        }

        (string Name, int Size)[] fields = (SquashFsCodecId)superblock.CodecId switch
        {
            SquashFsCodecId.Gzip => [("level", 4), ("window bits", 2), ("strategies", 2)],
            SquashFsCodecId.Lzo => [("algorithm", 4), ("level", 4)],
            SquashFsCodecId.Xz => [("dictionary size", 4), ("filters", 4)],
            SquashFsCodecId.Lz4 => [("version", 4), ("flags", 4)],
            SquashFsCodecId.Zstd => [("level", 4)],
            _ => [],
        };
        Span<byte> header = stackalloc byte[sizeof(ushort)];
        bytes.Read(SquashFsFormat.SuperblockSize, header);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header);
        if (size != (fields.Sum(field => field.Size) | SquashFsFormat.StoredMetadata))
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedSuperblock, $"the codec's settings have the size 0x{size:x}, which is not that of its codec");
        }

        var settings = new SquashFsCodecSetting[fields.Length];
        var position = SquashFsFormat.SuperblockSize + sizeof(ushort);
        Span<byte> value = stackalloc byte[sizeof(uint)];
        for (var i = 0; i < fields.Length; i++)
        {
            value.Clear();
            bytes.Read(position, value[..fields[i].Size]);
            settings[i] = new SquashFsCodecSetting(fields[i].Name, BinaryPrimitives.ReadUInt32LittleEndian(value));
            position += fields[i].Size;
        }

        return settings;
    }

    private static void CheckVersion(ReadOnlySpan<byte> span)
    {
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(span);
        if (magic == BigEndianMagic)
        {
            throw new ImageFault(SquashFsDiagnostics.NotSquashFs, "it is a big-endian squashfs image of a version before 4.0, which is not supported");
        }

        if (magic != Superblock.Magic)
        {
            throw new ImageFault(SquashFsDiagnostics.NotSquashFs, $"it begins with 0x{magic:x8}, as no squashfs image does");
        }

        var (major, minor) = (BinaryPrimitives.ReadUInt16LittleEndian(span[28..]), BinaryPrimitives.ReadUInt16LittleEndian(span[30..]));
        if ((major, minor) != (Superblock.MajorVersion, Superblock.MinorVersion))
        {
            throw new ImageFault(SquashFsDiagnostics.NotSquashFs, $"it is of squashfs version {major}.{minor}, and only 4.0 is supported");
        }
    }

    private static void CheckSizes(Superblock superblock, ushort blockLog, long length)
    {
        var blockSize = superblock.BlockSize;
        if (blockSize is < SquashFsOptions.MinimumBlockSize or > SquashFsOptions.MaximumBlockSize
            || !uint.IsPow2(blockSize) || blockLog != uint.Log2(blockSize))
        {
            throw Contradiction($"the block size is {blockSize} with the logarithm {blockLog}, which cannot be");
        }

        if (superblock.InodeCount == 0 || superblock.IdCount == 0)
        {
            throw Contradiction($"it counts {superblock.InodeCount} inodes and {superblock.IdCount} owners");
        }

        if (superblock.BytesUsed < SquashFsFormat.SuperblockSize)
        {
            throw Contradiction($"it has {superblock.BytesUsed} bytes by its own account");
        }

        if (superblock.BytesUsed > length)
        {
            throw new ImageFault(SquashFsDiagnostics.ImageTruncated, $"it should have {superblock.BytesUsed} bytes and has {length}");
        }
    }

    private static void CheckTables(Superblock superblock)
    {
        (string Name, long Start, bool IsNeeded)[] tables =
        [
            ("inode table", superblock.InodeTableStart, true),
            ("directory table", superblock.DirectoryTableStart, true),
            ("fragment table", superblock.FragmentTableStart, superblock.FragmentCount > 0),
            ("export table", superblock.ExportTableStart, false),
            ("table of owners", superblock.IdTableStart, true),
            ("table of extended attributes", superblock.AttributeTableStart, false),
        ];
        foreach (var (name, start, isNeeded) in tables)
        {
            if (start == SquashFsFormat.NoTable ? isNeeded : start < SquashFsFormat.SuperblockSize || start >= superblock.BytesUsed)
            {
                throw Contradiction($"the {name} is said to start at {start}, and the image ends at {superblock.BytesUsed}");
            }
        }

        if (superblock.InodeTableStart >= superblock.DirectoryTableStart)
        {
            throw Contradiction($"the inode table at {superblock.InodeTableStart} is not before the directory table at {superblock.DirectoryTableStart}");
        }
    }

    private static ImageFault Contradiction(string reason) => new(SquashFsDiagnostics.DamagedSuperblock, reason);
}
