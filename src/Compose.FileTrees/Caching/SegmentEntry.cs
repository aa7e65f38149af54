using System.Buffers.Binary;
using System.IO.Hashing;

namespace Compose.FileTrees.Caching;

/// <summary>Where a value lies in a segment, and how to tell that it is that value.</summary>
/// <param name="Key">The value's key.</param>
/// <param name="Offset">From the segment's start.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Checksum">See <see cref="ChecksumOf"/>.</param>
internal readonly record struct SegmentEntry(Sha256Digest Key, long Offset, int Length, ulong Checksum)
{
    /// <summary>The size in an index: key (32 bytes), offset (8), length (4), zeros (4), checksum (8).</summary>
    public const int Size = 56;

    private const int OffsetPlace = Sha256Digest.Size;
    private const int LengthPlace = OffsetPlace + sizeof(long);
    private const int ChecksumPlace = LengthPlace + sizeof(long);

    /// <summary>XXH3 of 64 bits over the value, seeded by its key: for another key it is not the value.</summary>
    public static ulong ChecksumOf(Sha256Digest key, ReadOnlySpan<byte> value) =>
        XxHash3.HashToUInt64(value, BinaryPrimitives.ReadInt64LittleEndian(key.Bytes));

    public static SegmentEntry Read(ReadOnlySpan<byte> bytes) => new(
        new Sha256Digest(bytes[..Sha256Digest.Size]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[OffsetPlace..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthPlace..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumPlace..]));

    public void Write(Span<byte> bytes)
    {
        Key.Bytes.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[OffsetPlace..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[LengthPlace..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[ChecksumPlace..], Checksum);
    }

    /// <summary>Whether these bytes are the value.</summary>
    public bool Fits(ReadOnlySpan<byte> value) => value.Length == Length && ChecksumOf(Key, value) == Checksum;
}
