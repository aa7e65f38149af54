using Compose.SquashFs.Metadata;

namespace Compose.SquashFs.Reading;

/// <summary>Reads inodes of all fourteen types. What can be judged without the rest of the image is judged here.</summary>
internal sealed class InodeReader(MetadataBlocks blocks, MetadataTable table)
{
    private const ushort LastBasicType = 7;
    private const ushort FileTypeMask = 0xF000;

    /// <summary>A listing's size counts two entries that are not stored, "." and "..", as 3 bytes.</summary>
    private const uint ListingSizeExtra = 3;

    /// <summary>The file type's bits in a mode, by inode kind.</summary>
    private static ReadOnlySpan<ushort> FileTypes => [0, 0x4000, 0x8000, 0xA000, 0x6000, 0x2000, 0x1000, 0xC000];

    /// <summary>Reads the inode at a place of the inode table.</summary>
    /// <exception cref="ImageFault">There is no sound inode.</exception>
    public ImageInode Read(ulong reference)
    {
        if ((reference & 0xFFFF) >= SquashFsFormat.MetadataBlockSize || reference >> 16 > (ulong)(table.End - table.Start))
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"the inode's place, 0x{reference:x}, is not in the inode table");
        }

        var cursor = new MetadataCursor(blocks, table, reference);
        var type = cursor.ReadUInt16();
        if (type is 0 or > 2 * LastBasicType)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"the inode is of type {type}, which does not exist");
        }

        var isExtended = type > LastBasicType;
        var kind = (InodeKind)(isExtended ? type - LastBasicType : type);
        var mode = cursor.ReadUInt16();
        if ((mode & FileTypeMask) != 0 && (mode & FileTypeMask) != FileTypes[(int)kind])
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"the inode's mode, 0x{mode:x}, is not one of its type");
        }

        var inode = new ImageInode
        {
            Kind = kind,
            Permissions = (ushort)(mode & EntryMetadata.PermissionMask),
            UserPlace = cursor.ReadUInt16(),
            GroupPlace = cursor.ReadUInt16(),
            ModifiedTime = cursor.ReadUInt32(),
            Number = cursor.ReadUInt32(),
            Attributes = SquashFsFormat.None,
        };
        return kind switch
        {
            InodeKind.Directory => ReadDirectory(inode, ref cursor, isExtended),
            InodeKind.File => ReadFile(inode, ref cursor, isExtended),
            InodeKind.Symlink => ReadSymlink(inode, ref cursor, isExtended),
            InodeKind.BlockDevice or InodeKind.CharacterDevice => ReadDevice(inode, ref cursor, isExtended),
            _ => ReadEndpoint(inode, ref cursor, isExtended),
        };
    }

    private static ImageInode ReadDirectory(ImageInode inode, ref MetadataCursor cursor, bool isExtended)
    {
        uint blockStart;
        uint size;
        uint parent;
        ushort indexCount = 0;
        ushort offset;
        var attributes = SquashFsFormat.None;
        if (isExtended)
        {
            SkipLinkCount(ref cursor);
            size = cursor.ReadUInt32();
            blockStart = cursor.ReadUInt32();
            parent = cursor.ReadUInt32();
            indexCount = cursor.ReadUInt16();
            offset = cursor.ReadUInt16();
            attributes = cursor.ReadUInt32();
        }
        else
        {
            blockStart = cursor.ReadUInt32();
            SkipLinkCount(ref cursor);
            size = cursor.ReadUInt16();
            offset = cursor.ReadUInt16();
            parent = cursor.ReadUInt32();
        }

        if (size < ListingSizeExtra || offset >= SquashFsFormat.MetadataBlockSize)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedInode, $"the directory's listing has {size} bytes from offset {offset}, which cannot be");
        }

        return inode with
        {
            Attributes = attributes,
            Listing = new ImageListing(blockStart, offset, size - ListingSizeExtra, parent, indexCount, cursor.Position),
        };
    }

    private static ImageInode ReadFile(ImageInode inode, ref MetadataCursor cursor, bool isExtended)
    {
        ulong start;
        ulong length;
        uint fragment;
        uint fragmentOffset;
        var attributes = SquashFsFormat.None;
        if (isExtended)
        {
            start = cursor.ReadUInt64();
            length = cursor.ReadUInt64();
            cursor.ReadUInt64(); // How many bytes are holes: the block list says which.
            SkipLinkCount(ref cursor);
            fragment = cursor.ReadUInt32();
            fragmentOffset = cursor.ReadUInt32();
            attributes = cursor.ReadUInt32();
        }
        else
        {
            start = cursor.ReadUInt32();
            fragment = cursor.ReadUInt32();
            fragmentOffset = cursor.ReadUInt32();
            length = cursor.ReadUInt32();
        }

        if (start > long.MaxValue || length > long.MaxValue)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"the file has {length} bytes from {start} on, which cannot be");
        }

        return inode with
        {
            Attributes = attributes,
            File = new ImageFileLayout((long)length, (long)start, cursor.Position, fragment, fragmentOffset),
        };
    }

    private static ImageInode ReadSymlink(ImageInode inode, ref MetadataCursor cursor, bool isExtended)
    {
        SkipLinkCount(ref cursor);
        var length = cursor.ReadUInt32();
        if (length is 0 or > SquashFsFormat.MaximumSymlinkTarget)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedInode,
                $"the symbolic link's target has {length} bytes; Linux allows 1 to {SquashFsFormat.MaximumSymlinkTarget}");
        }

        var target = cursor.ReadBytes((int)length);
        return target.AsSpan().Contains((byte)0)
            ? throw new ImageFault(SquashFsDiagnostics.DamagedInode, "the symbolic link's target holds a NUL")
            : inode with { Target = target, Attributes = ReadAttributes(ref cursor, isExtended) };
    }

    private static ImageInode ReadDevice(ImageInode inode, ref MetadataCursor cursor, bool isExtended)
    {
        SkipLinkCount(ref cursor);
        var device = cursor.ReadUInt32();
        return inode with { Device = device, Attributes = ReadAttributes(ref cursor, isExtended) };
    }

    private static ImageInode ReadEndpoint(ImageInode inode, ref MetadataCursor cursor, bool isExtended)
    {
        SkipLinkCount(ref cursor);
        return inode with { Attributes = ReadAttributes(ref cursor, isExtended) };
    }

    private static uint ReadAttributes(ref MetadataCursor cursor, bool isExtended) =>
        isExtended ? cursor.ReadUInt32() : SquashFsFormat.None;

    /// <summary>Names of one inode are found by its place; how many the inode claims is not needed.</summary>
    private static void SkipLinkCount(ref MetadataCursor cursor) => cursor.ReadUInt32();
}
