using System.Buffers.Binary;
using System.Text;

namespace Compose.Formats.Fat;

/// <summary>An entry of a directory that was read.</summary>
/// <param name="Name">The long name where there is one, else the short one; or the volume's label.</param>
/// <param name="Attributes">The attribute bits.</param>
/// <param name="FirstCluster">The first cluster; 0 for an empty file.</param>
/// <param name="Size">A file's size in bytes.</param>
/// <param name="ModifiedTime">In seconds since 1970. FAT knows no time zone: it is taken for UTC.</param>
/// <param name="Fault">Why the entry cannot be used; null when it can.</param>
internal readonly record struct FatDirectoryEntry(
    string Name, byte Attributes, uint FirstCluster, uint Size, long ModifiedTime, string? Fault)
{
    public bool IsDirectory => (Attributes & 0x10) != 0;

    public bool IsLabel => (Attributes & 0x18) == 0x08;
}

/// <summary>Goes through the bytes of a directory. Deleted entries, <c>.</c> and <c>..</c> are passed over.</summary>
internal sealed class FatDirectoryEntries(byte[] directory)
{
    private const int CharactersPerLongNameEntry = 13;
    private const int MaximumLongNameEntries = 20;
    private const byte LongName = 0x0F;
    private const byte Deleted = 0xE5;
    private const byte LastLongNameEntry = 0x40;

    private readonly char[] _longName = new char[CharactersPerLongNameEntry * MaximumLongNameEntries];

    /// <summary>The pieces of the long name that are still to come; -1 when there is no long name.</summary>
    private int _piecesLeft = -1;

    private int _pieces;
    private byte _checksum;

    public IEnumerator<FatDirectoryEntry> GetEnumerator()
    {
        for (var offset = 0; offset + FatDirectory.EntrySize <= directory.Length && directory[offset] != 0; offset += FatDirectory.EntrySize)
        {
            var attributes = directory[offset + 11];
            if (directory[offset] == Deleted)
            {
                _piecesLeft = -1;
            }
            else if ((attributes & 0x3F) == LongName)
            {
                TakeLongName(directory.AsSpan(offset, FatDirectory.EntrySize));
            }
            else
            {
                var entry = Read(directory.AsSpan(offset, FatDirectory.EntrySize));
                _piecesLeft = -1;
                if (entry.Name is not ("." or ".."))
                {
                    yield return entry;
                }
            }
        }
    }

    private void TakeLongName(ReadOnlySpan<byte> piece)
    {
        var number = piece[0] & 0x1F;
        if ((piece[0] & LastLongNameEntry) != 0 && number is > 0 and <= MaximumLongNameEntries)
        {
            _pieces = number;
            _piecesLeft = number;
            _checksum = piece[13];
        }

        if (number == 0 || number != _piecesLeft || piece[13] != _checksum)
        {
            _piecesLeft = -1;
            return;
        }

        _piecesLeft--;
        for (var i = 0; i < CharactersPerLongNameEntry; i++)
        {
            var offset = i < 5 ? 1 + (2 * i) : i < 11 ? 14 + (2 * (i - 5)) : 28 + (2 * (i - 11));
            _longName[(_piecesLeft * CharactersPerLongNameEntry) + i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(piece[offset..]);
        }
    }

    private FatDirectoryEntry Read(ReadOnlySpan<byte> entry)
    {
        var attributes = entry[11];
        var isLabel = (attributes & 0x18) == 0x08;
        var name = isLabel ? Encoding.Latin1.GetString(entry[..FatShortNames.Length]).TrimEnd()
            : _piecesLeft == 0 && _checksum == FatDirectory.Checksum(entry[..FatShortNames.Length]) ? LongNameText()
            : ShortName(entry);
        return new FatDirectoryEntry(
            name,
            attributes,
            ((uint)BinaryPrimitives.ReadUInt16LittleEndian(entry[20..]) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(entry[26..]),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[28..]),
            FatTime.ToUnixTime(BinaryPrimitives.ReadUInt16LittleEndian(entry[24..]), BinaryPrimitives.ReadUInt16LittleEndian(entry[22..])),
            IsText(name) ? null : "its name is not text");
    }

    private string LongNameText()
    {
        var text = _longName.AsSpan(0, _pieces * CharactersPerLongNameEntry);
        var end = text.IndexOf('\0');
        return new string(end < 0 ? text : text[..end]);
    }

    /// <summary>The name and the extension, in lower case where two bits of Windows NT say so.</summary>
    private static string ShortName(ReadOnlySpan<byte> entry)
    {
        const byte LowerCaseName = 0x08;
        const byte LowerCaseExtension = 0x10;

        Span<byte> bytes = stackalloc byte[FatShortNames.Length];
        entry[..FatShortNames.Length].CopyTo(bytes);
        if (bytes[0] == 0x05)
        {
            bytes[0] = Deleted; // A name that begins with this byte stands for itself as 0x05.
        }

        var name = Encoding.Latin1.GetString(bytes[..8]).TrimEnd();
        var extension = Encoding.Latin1.GetString(bytes[8..]).TrimEnd();
        name = (entry[12] & LowerCaseName) != 0 ? name.ToLowerInvariant() : name;
        extension = (entry[12] & LowerCaseExtension) != 0 ? extension.ToLowerInvariant() : extension;
        return extension.Length == 0 ? name : $"{name}.{extension}";
    }

    private static bool IsText(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(name[i]) || char.IsControl(name[i]))
            {
                return false;
            }
        }

        return true;
    }
}
