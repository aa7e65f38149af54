using System.Buffers.Binary;
using Compose.SquashFs.Metadata;

namespace Compose.SquashFs.Reading;

/// <summary>A table of metadata blocks: which blocks belong to it.</summary>
/// <param name="Name">What it is, for messages.</param>
/// <param name="Start">Where its first block starts in the image.</param>
/// <param name="End">Where its blocks end at the latest.</param>
internal readonly record struct MetadataTable(string Name, long Start, long End);

/// <summary>Reads a table's bytes from a place on, over the borders of blocks.</summary>
internal struct MetadataCursor
{
    private readonly MetadataBlocks _blocks;
    private readonly MetadataTable _table;
    private MetadataBlock _block;
    private long _blockStart;
    private int _offset;

    /// <summary>A cursor at a place that the image names.</summary>
    /// <param name="blocks">The image's blocks.</param>
    /// <param name="table">The table.</param>
    /// <param name="blockStart">Where the place's block starts, from the table's start.</param>
    /// <param name="offset">The place in the uncompressed block.</param>
    public MetadataCursor(MetadataBlocks blocks, MetadataTable table, long blockStart, int offset)
    {
        _blocks = blocks;
        _table = table;
        _block = Enter(table.Start + blockStart);
        if (offset > _block.Bytes.Length)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedTable,
                $"a place in the {table.Name} is {offset} bytes into a block of {_block.Bytes.Length}");
        }

        _offset = offset;
    }

    /// <summary>A cursor at a place as inodes and tables hold it: one number.</summary>
    public MetadataCursor(MetadataBlocks blocks, MetadataTable table, ulong reference)
        : this(blocks, table, (long)(reference >> 16), (int)(reference & 0xFFFF))
    {
    }

    /// <summary>Where the next byte is. Behind a block's last byte, that is the next block's first.</summary>
    public readonly MetadataPosition Position => _offset == _block.Bytes.Length
        ? new MetadataPosition(_block.Next - _table.Start, 0)
        : new MetadataPosition(_blockStart - _table.Start, (ushort)_offset);

    public void Read(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var available = Available();
            var part = available[..Math.Min(available.Length, destination.Length)];
            part.CopyTo(destination);
            destination = destination[part.Length..];
            _offset += part.Length;
        }
    }

    /// <summary>Reads bytes whose number the image claims: memory is taken as the bytes are there.</summary>
    public byte[] ReadBytes(int count)
    {
        if (count <= SquashFsFormat.MetadataBlockSize)
        {
            var bytes = new byte[count];
            Read(bytes);
            return bytes;
        }

        var parts = new MemoryStream();
        while (count > 0)
        {
            var available = Available();
            var part = available[..Math.Min(available.Length, count)];
            parts.Write(part);
            _offset += part.Length;
            count -= part.Length;
        }

        return parts.ToArray();
    }

    public ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public short ReadInt16() => (short)ReadUInt16();

    public uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private ReadOnlySpan<byte> Available()
    {
        if (_offset == _block.Bytes.Length)
        {
            _block = Enter(_block.Next);
            _offset = 0;
        }

        return _block.Bytes.Span[_offset..];
    }

    private MetadataBlock Enter(long position)
    {
        if (position < _table.Start || position >= _table.End)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedTable,
                $"a place at {position} is outside the {_table.Name}, which is from {_table.Start} to {_table.End}");
        }

        _blockStart = position;
        return _blocks.Read(position);
    }
}
