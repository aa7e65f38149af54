using System.Buffers.Binary;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;

namespace Compose.SquashFs.Metadata;

/// <summary>A place in a table of metadata blocks.</summary>
/// <param name="BlockStart">Where the compressed block starts, from the table's start.</param>
/// <param name="Offset">The place in the uncompressed block, below 8 KiB.</param>
internal readonly record struct MetadataPosition(long BlockStart, ushort Offset)
{
    /// <summary>The place as one number, as inodes and tables hold it.</summary>
    public ulong Reference => ((ulong)BlockStart << 16) | Offset;
}

/// <summary>
/// A table in metadata blocks: 8 KiB each, compressed on their own, behind a header of two bytes. What is written may span
/// blocks. The compressed blocks are kept until <see cref="CopyTo"/>, as tables are filled side by side.
/// </summary>
internal sealed class MetadataWriter(IBlockCodec codec)
{
    private readonly byte[] _block = new byte[SquashFsFormat.MetadataBlockSize];
    private readonly byte[] _compressed = new byte[codec.GetBound(SquashFsFormat.MetadataBlockSize)];
    private readonly List<byte[]> _blocks = [];
    private int _filled;
    private long _length;

    /// <summary>Where the next byte goes. A full block has been written: its successor starts at offset 0.</summary>
    public MetadataPosition Position => new(_length, (ushort)_filled);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, _block.Length - _filled)];
            part.CopyTo(_block.AsSpan(_filled));
            _filled += part.Length;
            bytes = bytes[part.Length..];
            if (_filled == _block.Length)
            {
                FlushBlock();
            }
        }
    }

    public void WriteUInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Write(bytes);
    }

    public void WriteInt16(short value) => WriteUInt16((ushort)value);

    public void WriteUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Write(bytes);
    }

    public void WriteUInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Write(bytes);
    }

    /// <summary>Writes the table to the image.</summary>
    /// <returns>Where it starts.</returns>
    public long CopyTo(ImageStream image)
    {
        FlushBlock();
        var start = image.Position;
        foreach (var block in _blocks)
        {
            image.Write(block);
        }

        return start;
    }

    /// <summary>Writes the table and behind it the positions of its blocks, by which readers find an entry.</summary>
    /// <param name="image">The image.</param>
    /// <param name="beforeIndex">Writes what stands between the two, if anything.</param>
    /// <returns>Where the table's index starts, or what stands before it.</returns>
    public long CopyWithIndexTo(ImageStream image, Action? beforeIndex = null)
    {
        var blockStart = CopyTo(image);
        var start = image.Position;
        beforeIndex?.Invoke();
        var index = new byte[_blocks.Count * sizeof(ulong)];
        for (var i = 0; i < _blocks.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(i * sizeof(ulong)), blockStart);
            blockStart += _blocks[i].Length;
        }

        image.Write(index);
        return start;
    }

    private void FlushBlock()
    {
        if (_filled == 0)
        {
            return;
        }

        var length = codec.Compress(_block.AsSpan(0, _filled), _compressed);
        var isStored = length == 0;
        var content = isStored ? _block.AsSpan(0, _filled) : _compressed.AsSpan(0, length);
        var header = (ushort)(isStored ? content.Length | SquashFsFormat.StoredMetadata : content.Length);
        var block = new byte[sizeof(ushort) + content.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(block, header);
        content.CopyTo(block.AsSpan(sizeof(ushort)));
        _blocks.Add(block);
        _length += block.Length;
        _filled = 0;
    }
}
