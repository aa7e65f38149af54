using System.Buffers.Binary;

namespace Compose.SquashFs.Metadata;

/// <summary>The image's first 96 bytes.</summary>
internal readonly record struct Superblock
{
    private const uint Magic = 0x73717368;
    private const ushort MajorVersion = 4;
    private const ushort MinorVersion = 0;

    public required uint InodeCount { get; init; }

    public required uint ModificationTime { get; init; }

    public required uint BlockSize { get; init; }

    public required uint FragmentCount { get; init; }

    public required ushort CodecId { get; init; }

    public required SuperblockFlags Flags { get; init; }

    public required ushort IdCount { get; init; }

    public required ulong RootInode { get; init; }

    /// <summary>The image's size without padding.</summary>
    public required long BytesUsed { get; init; }

    public required long IdTableStart { get; init; }

    public required long AttributeTableStart { get; init; }

    public required long InodeTableStart { get; init; }

    public required long DirectoryTableStart { get; init; }

    public required long FragmentTableStart { get; init; }

    public required long ExportTableStart { get; init; }

    public byte[] ToBytes()
    {
        var bytes = new byte[SquashFsFormat.SuperblockSize];
        var span = bytes.AsSpan();
        BinaryPrimitives.WriteUInt32LittleEndian(span, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(span[4..], InodeCount);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], ModificationTime);
        BinaryPrimitives.WriteUInt32LittleEndian(span[12..], BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span[16..], FragmentCount);
        BinaryPrimitives.WriteUInt16LittleEndian(span[20..], CodecId);
        BinaryPrimitives.WriteUInt16LittleEndian(span[22..], (ushort)uint.Log2(BlockSize));
        BinaryPrimitives.WriteUInt16LittleEndian(span[24..], (ushort)Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(span[26..], IdCount);
        BinaryPrimitives.WriteUInt16LittleEndian(span[28..], MajorVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(span[30..], MinorVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(span[32..], RootInode);
        BinaryPrimitives.WriteInt64LittleEndian(span[40..], BytesUsed);
        BinaryPrimitives.WriteInt64LittleEndian(span[48..], IdTableStart);
        BinaryPrimitives.WriteInt64LittleEndian(span[56..], AttributeTableStart);
        BinaryPrimitives.WriteInt64LittleEndian(span[64..], InodeTableStart);
        BinaryPrimitives.WriteInt64LittleEndian(span[72..], DirectoryTableStart);
        BinaryPrimitives.WriteInt64LittleEndian(span[80..], FragmentTableStart);
        BinaryPrimitives.WriteInt64LittleEndian(span[88..], ExportTableStart);
        return bytes;
    }
}
