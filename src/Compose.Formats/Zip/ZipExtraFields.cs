using System.Buffers.Binary;

namespace Compose.Formats.Zip;

/// <summary>The extra fields of a central directory's entry that matter (APPNOTE 4.5 and Info-ZIP's proginfo/extrafld.txt).</summary>
internal ref struct ZipExtraFields
{
    private const ushort Zip64 = 0x0001;
    private const ushort ExtendedTimestamp = 0x5455;
    private const ushort UnicodePath = 0x7075;
    private const ushort UnixOwner = 0x7875;

    /// <summary>The sizes and the offset that are too large for the entry, in their order.</summary>
    public ReadOnlySpan<byte> Zip64Values { get; private set; }

    /// <summary>The time of the last change, in seconds since 1970 UTC.</summary>
    public long? ModifiedTime { get; private set; }

    /// <summary>The name in UTF-8, when it belongs to the name in the entry.</summary>
    public ReadOnlySpan<byte> Path { get; private set; }

    public uint UserId { get; private set; }

    public uint GroupId { get; private set; }

    /// <exception cref="InvalidDataException">The fields are malformed.</exception>
    public static ZipExtraFields Read(ReadOnlySpan<byte> extra, ReadOnlySpan<byte> name)
    {
        var fields = new ZipExtraFields();
        while (extra.Length >= 4)
        {
            var kind = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
            {
                throw new InvalidDataException("an extra field is longer than its place");
            }

            fields.Set(kind, extra.Slice(4, size), name);
            extra = extra[(4 + size)..];
        }

        // Some writers pad with fewer bytes than a field has.
        return fields;
    }

    private void Set(ushort kind, ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        switch (kind)
        {
            case Zip64:
                Zip64Values = value;
                break;
            case ExtendedTimestamp when value.Length >= 5 && (value[0] & 1) != 0:
                ModifiedTime = BinaryPrimitives.ReadInt32LittleEndian(value[1..]);
                break;
            case UnicodePath when value.Length > 5 && value[0] == 1
                && BinaryPrimitives.ReadUInt32LittleEndian(value[1..]) == System.IO.Hashing.Crc32.HashToUInt32(name):
                Path = value[5..];
                break;
            case UnixOwner when value.Length >= 2 && value[0] == 1:
                SetOwner(value[1..]);
                break;
            default:
                break;
        }
    }

    /// <summary>Each number has its size before it.</summary>
    private void SetOwner(ReadOnlySpan<byte> value)
    {
        if (TryTake(ref value, out var user) && TryTake(ref value, out var group))
        {
            UserId = user;
            GroupId = group;
        }
    }

    private static bool TryTake(ref ReadOnlySpan<byte> value, out uint number)
    {
        number = 0;
        if (value.IsEmpty || value[0] > value.Length - 1 || value[0] > 4)
        {
            return false;
        }

        for (var i = value[0]; i > 0; i--)
        {
            number = (number << 8) | value[i];
        }

        value = value[(1 + value[0])..];
        return true;
    }
}
