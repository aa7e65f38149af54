using System.Buffers.Binary;
using System.Text;

namespace Compose.Formats.Elf;

/// <summary>A row of an ELF file's section table.</summary>
/// <param name="Name">The name, such as <c>.modinfo</c>.</param>
/// <param name="Type">The type (SHT_*).</param>
/// <param name="Link">The index of the section that belongs to this one: the string table of a symbol table.</param>
/// <param name="Content">The bytes; empty for a section that takes no space in the file.</param>
public sealed record ElfSection(string Name, uint Type, uint Link, ReadOnlyMemory<byte> Content);

/// <summary>A symbol of an ELF file's symbol table.</summary>
/// <param name="Name">The name, each byte a character.</param>
/// <param name="IsUndefined">Whether another file has to define it.</param>
public readonly record struct ElfSymbol(string Name, bool IsUndefined);

/// <summary>
/// Reads ELF files (System V ABI, "Object Files"; 32 and 64 bits, both byte orders): sections, symbols, and what the dynamic
/// linker looks at. Every offset and count of the file is checked before use; no more memory is taken than the file has.
/// </summary>
/// <remarks>Methods and <see cref="Parse"/> throw <see cref="InvalidDataException"/> when the file contradicts itself.</remarks>
public sealed class ElfFile
{
    private const uint SectionTypeSymbolTable = 2;
    private const uint SectionTypeNoBits = 8;
    private const uint SegmentTypeLoad = 1;
    private const uint SegmentTypeDynamic = 2;
    private const ulong DynamicTagEnd = 0;
    private const ulong DynamicTagNeeded = 1;
    private const ulong DynamicTagStringTable = 5;
    private const ulong DynamicTagStringTableSize = 10;
    private const ulong DynamicTagSharedObjectName = 14;
    private const ushort ExtendedSectionIndex = 0xFFFF;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly bool _is64;
    private readonly bool _bigEndian;
    private readonly Segment[] _segments;

    private ElfFile(ReadOnlyMemory<byte> file, bool is64, bool bigEndian)
    {
        _file = file;
        _is64 = is64;
        _bigEndian = bigEndian;
        Type = Half(16);
        Machine = Half(18);
        _segments = ReadSegments();
        Sections = ReadSections();
    }

    /// <summary>The file's type (ET_*): 1 relocatable, 2 program, 3 shared object or position-independent program.</summary>
    public int Type { get; }

    /// <summary>The processor (EM_*): 62 x86-64, 183 arm64.</summary>
    public int Machine { get; }

    /// <summary>Whether it is a 64-bit file.</summary>
    public bool Is64Bit => _is64;

    /// <summary>The sections in the order of the table, with the empty first one; none if the table was stripped.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>Whether bytes start like an ELF file.</summary>
    public static bool IsElf(ReadOnlySpan<byte> start) => start.StartsWith("\x7F"u8) && start[1..].StartsWith("ELF"u8);

    /// <summary>Reads the headers.</summary>
    /// <param name="file">The whole file; it is not copied, so it must not change.</param>
    /// <exception cref="InvalidDataException">It is not an ELF file, or it contradicts itself.</exception>
    public static ElfFile Parse(ReadOnlyMemory<byte> file)
    {
        const int IdentitySize = 16;
        const int HeaderSize32 = 52;
        const int HeaderSize64 = 64;

        var identity = file.Span;
        if (identity.Length < IdentitySize || !IsElf(identity))
        {
            throw new InvalidDataException("It is not an ELF file.");
        }

        if (identity[4] is not (1 or 2) || identity[5] is not (1 or 2))
        {
            throw new InvalidDataException("Its word size or its byte order is unknown.");
        }

        var is64 = identity[4] == 2;
        return identity.Length >= (is64 ? HeaderSize64 : HeaderSize32)
            ? new ElfFile(file, is64, bigEndian: identity[5] == 2)
            : throw new InvalidDataException("Its header is truncated.");
    }

    /// <summary>The first section of a name, or null.</summary>
    public ElfSection? Section(string name) => Sections.FirstOrDefault(section => section.Name == name);

    /// <summary>The symbols of the static symbol table (<c>.symtab</c>) that have a name.</summary>
    /// <exception cref="InvalidDataException">A name lies outside of the string table.</exception>
    public IEnumerable<ElfSymbol> Symbols()
    {
        var size = _is64 ? 24 : 16;
        foreach (var table in Sections.Where(section => section.Type == SectionTypeSymbolTable))
        {
            var names = StringsOf(table);
            for (var offset = 0; offset <= table.Content.Length - size; offset += size)
            {
                var symbol = table.Content.Span.Slice(offset, size);
                var name = Word32(symbol);
                if (name != 0)
                {
                    yield return new ElfSymbol(Text(names.Span, name), IsUndefined: Word16(symbol[(_is64 ? 6 : 14)..]) == 0);
                }
            }
        }
    }

    /// <summary>
    /// The symbols that the file offers to others, and those that it wants of them, with their versions: the table
    /// <c>.dynsym</c>, where the section table was not stripped.
    /// </summary>
    /// <exception cref="InvalidDataException">A name lies outside of its string table.</exception>
    public IReadOnlyList<ElfDynamicSymbol> DynamicSymbols()
    {
        const uint SectionTypeDynamicSymbols = 11;

        if (Sections.FirstOrDefault(section => section.Type == SectionTypeDynamicSymbols) is not { } table)
        {
            return [];
        }

        var names = StringsOf(table);
        var versions = new ElfSymbolVersions(this);
        var size = _is64 ? 24 : 16;
        var symbols = new List<ElfDynamicSymbol>(table.Content.Length / size);
        for (var i = 1; (i + 1) * size <= table.Content.Length; i++)
        {
            var symbol = table.Content.Span.Slice(i * size, size);
            var name = Word32(symbol);
            if (name != 0)
            {
                // A version is a symbol too, and has none itself.
                var text = Text(names.Span, name);
                symbols.Add(new ElfDynamicSymbol(
                    text,
                    versions.Of(i) is { } version && version != text ? version : null,
                    versions.IsDefault(i),
                    Word16(symbol[(_is64 ? 6 : 14)..]) == 0,
                    symbol[_is64 ? 4 : 12] >> 4,
                    symbol[_is64 ? 5 : 13] & 3));
            }
        }

        return symbols;
    }

    /// <summary>What the dynamic linker is told: the libraries the file needs, and its own name as a library.</summary>
    /// <returns>Empty lists for a file that is not linked dynamically.</returns>
    /// <exception cref="InvalidDataException">The dynamic segment lies outside of the file, or points outside of it.</exception>
    public ElfDynamicLinking ReadDynamicLinking()
    {
        var needed = new List<ulong>();
        ulong? sharedObjectName = null;
        ulong stringTable = 0;
        ulong stringTableSize = 0;
        var wordSize = _is64 ? 8 : 4;
        var dynamic = _segments.FirstOrDefault(segment => segment.Type == SegmentTypeDynamic);
        var content = Slice(dynamic.Offset, dynamic.FileSize).Span;
        for (; content.Length >= 2 * wordSize; content = content[(2 * wordSize)..])
        {
            var value = Word(content[wordSize..]);
            switch (Word(content))
            {
                case DynamicTagEnd:
                    content = default;
                    break;
                case DynamicTagNeeded:
                    needed.Add(value);
                    break;
                case DynamicTagSharedObjectName:
                    sharedObjectName = value;
                    break;
                case DynamicTagStringTable:
                    stringTable = value;
                    break;
                case DynamicTagStringTableSize:
                    stringTableSize = value;
                    break;
            }

            if (content.IsEmpty)
            {
                break;
            }
        }

        if (needed.Count == 0 && sharedObjectName is null)
        {
            return new ElfDynamicLinking([], null);
        }

        var strings = AtAddress(stringTable, stringTableSize);
        return new ElfDynamicLinking(
            [.. needed.Select(offset => Text(strings.Span, offset))],
            sharedObjectName is { } own ? Text(strings.Span, own) : null);
    }

    /// <summary>The string table that a section's names are in.</summary>
    internal ReadOnlyMemory<byte> StringsOf(ElfSection section) => section.Link < Sections.Count
        ? Sections[(int)section.Link].Content
        : throw new InvalidDataException("Its symbol table has no string table.");

    /// <summary>The string that starts at an offset of a string table, each byte a character.</summary>
    internal static string Text(ReadOnlySpan<byte> table, ulong offset)
    {
        if (offset < (ulong)table.Length)
        {
            var rest = table[(int)offset..];
            var end = rest.IndexOf((byte)0);
            if (end >= 0)
            {
                return Encoding.Latin1.GetString(rest[..end]);
            }
        }

        throw new InvalidDataException("A name lies outside of its string table.");
    }

    private Segment[] ReadSegments()
    {
        var offset = _is64 ? Word(_file.Span[32..]) : Word(_file.Span[28..]);
        var entrySize = Half(_is64 ? 54 : 42);
        var count = Half(_is64 ? 56 : 44);
        if (count == 0)
        {
            return [];
        }

        if (entrySize < (_is64 ? 56 : 32))
        {
            throw new InvalidDataException("Its program header's entries are too small.");
        }

        var table = Slice(offset, (ulong)count * (ulong)entrySize).Span;
        var segments = new Segment[count];
        for (var i = 0; i < count; i++)
        {
            var row = table[(i * entrySize)..];
            segments[i] = _is64
                ? new Segment(Word32(row), Word(row[8..]), Word(row[16..]), Word(row[32..]))
                : new Segment(Word32(row), Word(row[4..]), Word(row[8..]), Word(row[16..]));
        }

        return segments;
    }

    private ElfSection[] ReadSections()
    {
        var tableOffset = _is64 ? Word(_file.Span[40..]) : Word(_file.Span[32..]);
        var entrySize = Half(_is64 ? 58 : 46);
        ulong count = Half(_is64 ? 60 : 48);
        ulong namesIndex = Half(_is64 ? 62 : 50);
        if (tableOffset == 0)
        {
            return [];
        }

        if (entrySize < (_is64 ? 64 : 40))
        {
            throw new InvalidDataException("Its section header's entries are too small.");
        }

        // Numbers too large for the header's 16 bits stand in the first row, which describes no section.
        var first = Slice(tableOffset, (ulong)entrySize).Span;
        count = count == 0 ? Word(first[(_is64 ? 32 : 20)..]) : count;
        namesIndex = namesIndex == ExtendedSectionIndex ? Word32(first[(_is64 ? 40 : 24)..]) : namesIndex;
        if (count > (ulong)_file.Length / (ulong)entrySize)
        {
            throw new InvalidDataException("Its section table is truncated.");
        }

        var table = Slice(tableOffset, count * (ulong)entrySize).Span;
        var names = namesIndex < count ? Row(table, (int)namesIndex).Content : default;
        var sections = new ElfSection[count];
        for (var i = 0; i < sections.Length; i++)
        {
            var (name, type, link, content) = Row(table, i);
            sections[i] = new ElfSection(name == 0 && names.IsEmpty ? string.Empty : Text(names.Span, name), type, link, content);
        }

        return sections;

        (uint Name, uint Type, uint Link, ReadOnlyMemory<byte> Content) Row(ReadOnlySpan<byte> rows, int index)
        {
            var row = rows.Slice(index * entrySize, entrySize);
            var type = Word32(row[4..]);
            var content = type is 0 or SectionTypeNoBits
                ? default
                : Slice(Word(row[(_is64 ? 24 : 16)..]), Word(row[(_is64 ? 32 : 20)..]));
            return (Word32(row), type, Word32(row[(_is64 ? 40 : 24)..]), content);
        }
    }

    /// <summary>The bytes that a loaded program sees at an address.</summary>
    private ReadOnlyMemory<byte> AtAddress(ulong address, ulong size)
    {
        foreach (var segment in _segments)
        {
            if (segment.Type == SegmentTypeLoad && address >= segment.Address && address - segment.Address < segment.FileSize)
            {
                return Slice(segment.Offset, segment.FileSize) is var content && size <= segment.FileSize - (address - segment.Address)
                    ? content.Slice((int)(address - segment.Address), (int)size)
                    : throw new InvalidDataException("Its dynamic string table lies outside of the segment.");
            }
        }

        throw new InvalidDataException("Its dynamic string table is not loaded.");
    }

    private ReadOnlyMemory<byte> Slice(ulong offset, ulong size) =>
        offset <= (ulong)_file.Length && size <= (ulong)_file.Length - offset
            ? _file.Slice((int)offset, (int)size)
            : throw new InvalidDataException("A part of it lies outside of the file: it is truncated or damaged.");

    private ushort Half(int offset) => Word16(_file.Span[offset..]);

    internal ushort Word16(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    internal uint Word32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>A number of the file's word size.</summary>
    private ulong Word(ReadOnlySpan<byte> bytes) =>
        !_is64 ? Word32(bytes)
        : _bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes)
        : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private readonly record struct Segment(uint Type, ulong Offset, ulong Address, ulong FileSize);
}

/// <summary>What the dynamic linker reads from an ELF file.</summary>
/// <param name="Needed">The names of the shared libraries that must be loaded (DT_NEEDED).</param>
/// <param name="SharedObjectName">The file's own name as a library (DT_SONAME).</param>
public sealed record ElfDynamicLinking(IReadOnlyList<string> Needed, string? SharedObjectName);
