using System.Buffers.Binary;

namespace Compose.SquashFs.Metadata;

/// <summary>The image's first 96 bytes.</summary>
internal readonly record struct Superblock
{
    public const uint Magic = 0x73717368;
    public const ushort MajorVersion = 4;
    public const ushort MinorVersion = 0;

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

    /// <summary>Takes the fields from an image's first 96 bytes. None is checked.</summary>
    public static Superblock Read(ReadOnlySpan<byte> span) => new()
    {
        InodeCount = BinaryPrimitives.ReadUInt32LittleEndian(span[4..]),
        ModificationTime = BinaryPrimitives.ReadUInt32LittleEndian(span[8..]),
        BlockSize = BinaryPrimitives.ReadUInt32LittleEndian(span[12..]),
        FragmentCount = BinaryPrimitives.ReadUInt32LittleEndian(span[16..]),
        CodecId = BinaryPrimitives.ReadUInt16LittleEndian(span[20..]),
        Flags = (SuperblockFlags)BinaryPrimitives.ReadUInt16LittleEndian(span[24..]),
        IdCount = BinaryPrimitives.ReadUInt16LittleEndian(span[26..]),
        RootInode = BinaryPrimitives.ReadUInt64LittleEndian(span[32..]),
        BytesUsed = BinaryPrimitives.ReadInt64LittleEndian(span[40..]),
        IdTableStart = BinaryPrimitives.ReadInt64LittleEndian(span[48..]),
        AttributeTableStart = BinaryPrimitives.ReadInt64LittleEndian(span[56..]),
        InodeTableStart = BinaryPrimitives.ReadInt64LittleEndian(span[64..]),
        DirectoryTableStart = BinaryPrimitives.ReadInt64LittleEndian(span[72..]),
        FragmentTableStart = BinaryPrimitives.ReadInt64LittleEndian(span[80..]),
        ExportTableStart = BinaryPrimitives.ReadInt64LittleEndian(span[88..]),
    };

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
