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
/// Reads ELF files (System V ABI, "Object Files"; 32 and 64 bits, both byte orders): sections and symbols. Every offset and
/// count of the file is checked before use; no more memory is taken than the file has. What loads a file looks elsewhere:
/// see <see cref="ElfDynamicReader"/>.
/// </summary>
/// <remarks>Methods and <see cref="Parse"/> throw <see cref="InvalidDataException"/> when the file contradicts itself.</remarks>
public sealed class ElfFile
{
    private const uint SectionTypeSymbolTable = 2;
    private const uint SectionTypeNoBits = 8;
    private const ushort ExtendedSectionIndex = 0xFFFF;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly ElfEncoding _encoding;

    private ElfFile(ReadOnlyMemory<byte> file, ElfEncoding encoding)
    {
        _file = file;
        _encoding = encoding;
        Type = Half(16);
        Machine = Half(18);
        Sections = ReadSections();
    }

    /// <summary>The file's type (ET_*): 1 relocatable, 2 program, 3 shared object or position-independent program.</summary>
    public int Type { get; }

    /// <summary>The processor (EM_*): 62 x86-64, 183 arm64.</summary>
    public int Machine { get; }

    /// <summary>Whether it is a 64-bit file.</summary>
    public bool Is64Bit => _encoding.Is64Bit;

    /// <summary>The sections in the order of the table, with the empty first one; none if the table was stripped.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>Whether bytes start like an ELF file.</summary>
    public static bool IsElf(ReadOnlySpan<byte> start) => start.StartsWith("\x7F"u8) && start[1..].StartsWith("ELF"u8);

    /// <summary>Reads the headers.</summary>
    /// <param name="file">The whole file; it is not copied, so it must not change.</param>
    /// <exception cref="InvalidDataException">It is not an ELF file, or it contradicts itself.</exception>
    public static ElfFile Parse(ReadOnlyMemory<byte> file) => new(file, ElfEncoding.Read(file.Span));

    /// <summary>The first section of a name, or null.</summary>
    public ElfSection? Section(string name) => Sections.FirstOrDefault(section => section.Name == name);

    /// <summary>The symbols of the static symbol table (<c>.symtab</c>) that have a name.</summary>
    /// <exception cref="InvalidDataException">A name lies outside of the string table.</exception>
    public IEnumerable<ElfSymbol> Symbols()
    {
        var size = Is64Bit ? 24 : 16;
        foreach (var table in Sections.Where(section => section.Type == SectionTypeSymbolTable))
        {
            var names = StringsOf(table);
            for (var offset = 0; offset <= table.Content.Length - size; offset += size)
            {
                var symbol = table.Content.Span.Slice(offset, size);
                var name = Word32(symbol);
                if (name != 0)
                {
                    yield return new ElfSymbol(Text(names.Span, name), IsUndefined: Word16(symbol[(Is64Bit ? 6 : 14)..]) == 0);
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
        var size = Is64Bit ? 24 : 16;
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
                    Word16(symbol[(Is64Bit ? 6 : 14)..]) == 0,
                    symbol[Is64Bit ? 4 : 12] >> 4,
                    symbol[Is64Bit ? 5 : 13] & 3));
            }
        }

        return symbols;
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

    private ElfSection[] ReadSections()
    {
        var tableOffset = Is64Bit ? Word(_file.Span[40..]) : Word(_file.Span[32..]);
        var entrySize = Half(Is64Bit ? 58 : 46);
        ulong count = Half(Is64Bit ? 60 : 48);
        ulong namesIndex = Half(Is64Bit ? 62 : 50);
        if (tableOffset == 0)
        {
            return [];
        }

        if (entrySize < (Is64Bit ? 64 : 40))
        {
            throw new InvalidDataException("Its section header's entries are too small.");
        }

        // Numbers too large for the header's 16 bits stand in the first row, which describes no section.
        var first = Slice(tableOffset, (ulong)entrySize).Span;
        count = count == 0 ? Word(first[(Is64Bit ? 32 : 20)..]) : count;
        namesIndex = namesIndex == ExtendedSectionIndex ? Word32(first[(Is64Bit ? 40 : 24)..]) : namesIndex;
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
                : Slice(Word(row[(Is64Bit ? 24 : 16)..]), Word(row[(Is64Bit ? 32 : 20)..]));
            return (Word32(row), type, Word32(row[(Is64Bit ? 40 : 24)..]), content);
        }
    }

    private ReadOnlyMemory<byte> Slice(ulong offset, ulong size) =>
        offset <= (ulong)_file.Length && size <= (ulong)_file.Length - offset
            ? _file.Slice((int)offset, (int)size)
            : throw new InvalidDataException("A part of it lies outside of the file: it is truncated or damaged.");

    private ushort Half(int offset) => Word16(_file.Span[offset..]);

    internal ushort Word16(ReadOnlySpan<byte> bytes) => _encoding.Half(bytes);

    internal uint Word32(ReadOnlySpan<byte> bytes) => _encoding.Word(bytes);

    /// <summary>A number of the file's word size.</summary>
    private ulong Word(ReadOnlySpan<byte> bytes) => _encoding.Address(bytes);
}
