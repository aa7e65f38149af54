using System.Buffers.Binary;
using System.Text;

namespace Compose.Formats.Fat;

/// <summary>The bytes of a directory: entries of 32 bytes, each file's long name before its short one.</summary>
internal static class FatDirectory
{
    public const int EntrySize = 32;

    private const int CharactersPerLongNameEntry = 13;
    private const byte AttributeVolumeLabel = 0x08;
    private const byte AttributeDirectory = 0x10;
    private const byte AttributeArchive = 0x20;
    private const byte AttributeLongName = 0x0F;
    private const byte LastLongNameEntry = 0x40;

    /// <summary>The length in bytes; never 0, as a directory has at least one cluster.</summary>
    public static long Length(FatNode directory, bool isRoot, bool hasLabel)
    {
        var entries = isRoot ? (hasLabel ? 1L : 0L) : 2L;
        foreach (var child in directory.Children)
        {
            entries += 1 + LongNameEntries(child);
        }

        return Math.Max(1, entries) * EntrySize;
    }

    /// <summary>Makes the directory's bytes.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="parent">The one that holds it; null for the root.</param>
    /// <param name="label">The volume label, which stands in the root; empty for none.</param>
    /// <param name="time">Date and time of every entry.</param>
    public static byte[] Encode(FatNode directory, FatNode? parent, string label, FatTime time)
    {
        var bytes = new byte[Length(directory, parent is null, label.Length > 0)];
        var rest = bytes.AsSpan();
        if (parent is null && label.Length > 0)
        {
            WriteEntry(ref rest, label.PadRight(FatShortNames.Length), AttributeVolumeLabel, 0, 0, time);
        }
        else if (parent is not null)
        {
            // The root is called 0 in "..", whatever its cluster (Microsoft's specification).
            var parentCluster = parent.Name.Length == 0 ? 0 : parent.FirstCluster;
            WriteEntry(ref rest, ".".PadRight(FatShortNames.Length), AttributeDirectory, directory.FirstCluster, 0, time);
            WriteEntry(ref rest, "..".PadRight(FatShortNames.Length), AttributeDirectory, parentCluster, 0, time);
        }

        foreach (var child in directory.Children)
        {
            WriteLongName(ref rest, child);
            WriteEntry(
                ref rest,
                child.ShortName,
                child.IsDirectory ? AttributeDirectory : AttributeArchive,
                child.FirstCluster,
                (uint)(child.Content?.Length ?? 0),
                time);
        }

        return bytes;
    }

    private static int LongNameEntries(FatNode node) =>
        node.HasShortNameOnly ? 0 : (node.Name.Length + CharactersPerLongNameEntry - 1) / CharactersPerLongNameEntry;

    private static void WriteEntry(ref Span<byte> rest, string shortName, byte attributes, uint cluster, uint size, FatTime time)
    {
        Encoding.ASCII.GetBytes(shortName, rest);
        rest[11] = attributes;
        BinaryPrimitives.WriteUInt16LittleEndian(rest[14..], time.Time);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[16..], time.Date);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[18..], time.Date);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[20..], (ushort)(cluster >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(rest[22..], time.Time);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[24..], time.Date);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[26..], (ushort)cluster);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[28..], size);
        rest = rest[EntrySize..];
    }

    /// <summary>Writes the pieces of a long name, the last one first.</summary>
    private static void WriteLongName(ref Span<byte> rest, FatNode node)
    {
        var checksum = Checksum(Encoding.ASCII.GetBytes(node.ShortName));
        var count = LongNameEntries(node);
        for (var number = count; number > 0; number--)
        {
            rest[0] = (byte)(number == count ? number | LastLongNameEntry : number);
            rest[11] = AttributeLongName;
            rest[13] = checksum;
            for (var i = 0; i < CharactersPerLongNameEntry; i++)
            {
                var index = ((number - 1) * CharactersPerLongNameEntry) + i;
                var value = index < node.Name.Length ? node.Name[index] : index == node.Name.Length ? '\0' : '\uFFFF';
                var offset = i < 5 ? 1 + (2 * i) : i < 11 ? 14 + (2 * (i - 5)) : 28 + (2 * (i - 11));
                BinaryPrimitives.WriteUInt16LittleEndian(rest[offset..], value);
            }

            rest = rest[EntrySize..];
        }
    }

    /// <summary>The sum of a short name, by which a long one belongs to it.</summary>
    public static byte Checksum(ReadOnlySpan<byte> shortName)
    {
        byte sum = 0;
        foreach (var value in shortName)
        {
            sum = (byte)(((sum & 1) << 7) + (sum >> 1) + value);
        }

        return sum;
    }
}
