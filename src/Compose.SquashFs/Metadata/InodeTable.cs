using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Metadata;

/// <summary>What every inode has.</summary>
/// <param name="Number">The inode's number.</param>
/// <param name="Permissions">The permission bits.</param>
/// <param name="UserPlace">The owner's place in the id table.</param>
/// <param name="GroupPlace">The group's place in the id table.</param>
/// <param name="ModifiedTime">Seconds since 1970-01-01 UTC.</param>
/// <param name="LinkCount">The number of names.</param>
/// <param name="Attributes">The place of the extended attributes, or <see cref="SquashFsFormat.None"/>.</param>
internal readonly record struct InodeHeader(
    uint Number,
    ushort Permissions,
    ushort UserPlace,
    ushort GroupPlace,
    uint ModifiedTime,
    uint LinkCount,
    uint Attributes)
{
    public bool HasAttributes => Attributes != SquashFsFormat.None;
}

/// <summary>All inodes, each in the basic form where that can say everything, else in the extended one.</summary>
internal sealed class InodeTable(IBlockCodec codec)
{
    /// <summary>An extended inode's type is its basic one's and 7 more.</summary>
    private const ushort ExtendedStep = 7;

    /// <summary>A listing's size counts two entries that are not stored, "." and "..", as 3 bytes.</summary>
    private const uint ListingSizeExtra = 3;

    private readonly MetadataWriter _writer = new(codec);

    /// <summary>Writes the table.</summary>
    /// <returns>Where it starts.</returns>
    public long WriteTo(ImageStream image) => _writer.CopyTo(image);

    public InodeLocation AddDirectory(InodeHeader header, DirectoryListing listing, uint parentNumber)
    {
        var size = listing.Length + ListingSizeExtra;
        var isIndexed = listing.Length > SquashFsFormat.MetadataBlockSize;
        var isExtended = header.HasAttributes || size > ushort.MaxValue || isIndexed;
        var location = Begin(InodeKind.Directory, isExtended, header);
        if (!isExtended)
        {
            _writer.WriteUInt32((uint)listing.Position.BlockStart);
            _writer.WriteUInt32(header.LinkCount);
            _writer.WriteUInt16((ushort)size);
            _writer.WriteUInt16(listing.Position.Offset);
            _writer.WriteUInt32(parentNumber);
            return location;
        }

        _writer.WriteUInt32(header.LinkCount);
        _writer.WriteUInt32(size);
        _writer.WriteUInt32((uint)listing.Position.BlockStart);
        _writer.WriteUInt32(parentNumber);
        _writer.WriteUInt16((ushort)(isIndexed ? listing.Index.Count : 0));
        _writer.WriteUInt16(listing.Position.Offset);
        _writer.WriteUInt32(header.Attributes);
        if (isIndexed)
        {
            foreach (var point in listing.Index)
            {
                _writer.WriteUInt32(point.ListingOffset);
                _writer.WriteUInt32(point.BlockStart);
                _writer.WriteUInt32((uint)point.Name.Length - 1);
                _writer.Write(point.Name.Span);
            }
        }

        return location;
    }

    /// <summary>Adds a file; an empty one has no layout.</summary>
    public InodeLocation AddFile(InodeHeader header, FileLayout? layout, int blockSize)
    {
        var length = layout?.Length ?? 0;
        var start = layout?.BlocksFrom.Start ?? 0;
        var blocks = layout is null ? [] : layout.BlocksFrom.ListBlocks(layout.BlockCount);
        var sparseBytes = SparseBytes(layout, blocks, blockSize);
        var fragment = layout is { Fragment: >= 0 } ? (uint)layout.Fragment : SquashFsFormat.None;
        var fragmentOffset = (uint)(layout?.FragmentOffset ?? 0);
        var isExtended = header.HasAttributes || header.LinkCount > 1 || sparseBytes > 0
            || length > uint.MaxValue || start > uint.MaxValue;
        var location = Begin(InodeKind.File, isExtended, header);
        if (isExtended)
        {
            _writer.WriteUInt64((ulong)start);
            _writer.WriteUInt64((ulong)length);
            _writer.WriteUInt64((ulong)sparseBytes);
            _writer.WriteUInt32(header.LinkCount);
            _writer.WriteUInt32(fragment);
            _writer.WriteUInt32(fragmentOffset);
            _writer.WriteUInt32(header.Attributes);
        }
        else
        {
            _writer.WriteUInt32((uint)start);
            _writer.WriteUInt32(fragment);
            _writer.WriteUInt32(fragmentOffset);
            _writer.WriteUInt32((uint)length);
        }

        foreach (var size in blocks)
        {
            _writer.WriteUInt32(size);
        }

        return location;
    }

    public InodeLocation AddSymlink(InodeHeader header, ReadOnlySpan<byte> target)
    {
        var location = Begin(InodeKind.Symlink, header.HasAttributes, header);
        _writer.WriteUInt32(header.LinkCount);
        _writer.WriteUInt32((uint)target.Length);
        _writer.Write(target);
        WriteAttributes(header);
        return location;
    }

    public InodeLocation AddDevice(InodeHeader header, DeviceEntry device)
    {
        var kind = device.Kind == DeviceKind.Block ? InodeKind.BlockDevice : InodeKind.CharacterDevice;
        var location = Begin(kind, header.HasAttributes, header);
        _writer.WriteUInt32(header.LinkCount);

        // The kernel's encoding: the minor number's low 8 bits, the major number's 12, the minor's other 12.
        _writer.WriteUInt32((device.Minor & 0xFF) | (device.Major << 8) | ((device.Minor & ~0xFFu) << 12));
        WriteAttributes(header);
        return location;
    }

    /// <summary>Adds a fifo or a socket.</summary>
    public InodeLocation AddEndpoint(InodeHeader header, InodeKind kind)
    {
        var location = Begin(kind, header.HasAttributes, header);
        _writer.WriteUInt32(header.LinkCount);
        WriteAttributes(header);
        return location;
    }

    private static long SparseBytes(FileLayout? layout, ReadOnlySpan<uint> blocks, int blockSize)
    {
        var bytes = 0L;
        for (var i = 0; i < blocks.Length; i++)
        {
            if (blocks[i] == 0)
            {
                bytes += layout!.ChunkLength(i, blockSize);
            }
        }

        return bytes;
    }

    private InodeLocation Begin(InodeKind kind, bool isExtended, InodeHeader header)
    {
        var location = new InodeLocation(kind, header.Number, _writer.Position);
        _writer.WriteUInt16((ushort)(isExtended ? (ushort)kind + ExtendedStep : (ushort)kind));
        _writer.WriteUInt16(header.Permissions);
        _writer.WriteUInt16(header.UserPlace);
        _writer.WriteUInt16(header.GroupPlace);
        _writer.WriteUInt32(header.ModifiedTime);
        _writer.WriteUInt32(header.Number);
        return location;
    }

    private void WriteAttributes(InodeHeader header)
    {
        if (header.HasAttributes)
        {
            _writer.WriteUInt32(header.Attributes);
        }
    }
}
