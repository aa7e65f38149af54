using Compose.FileTrees;

namespace Compose.Formats.Elf;

/// <summary>
/// Reads what the kernel and ld.so(8) look at when they load a file: program headers and the dynamic segment (System V ABI,
/// "Program Loading and Dynamic Linking"; Linux Standard Base, "Symbol Versioning"). It needs no section table, and reads a
/// few kilobytes of a file of any size.
/// </summary>
/// <remarks>Everything throws <see cref="InvalidDataException"/> when the file contradicts itself or exceeds a limit.</remarks>
public sealed class ElfDynamicReader : IDisposable
{
    private const int MaximumName = 1024;
    private const int MaximumSearchPath = 16 * 1024;
    private const int MaximumTags = 16 * 1024;
    private const int MaximumNeeded = 4096;

    private const uint SegmentLoad = 1;
    private const uint SegmentDynamic = 2;
    private const uint SegmentInterpreter = 3;

    private readonly ElfWindow _file;
    private readonly ElfEncoding _encoding;
    private readonly List<Segment> _loaded = [];
    private readonly List<ulong> _needed = [];
    private readonly ulong?[] _tags = new ulong?[DynamicTag.Known.Length];
    private readonly ElfDynamicLinking _header;

    /// <summary>Reads the headers and the dynamic segment's tags.</summary>
    /// <param name="content">The file.</param>
    /// <exception cref="InvalidDataException">It is not an ELF file, or it contradicts itself.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public ElfDynamicReader(FileContent content)
    {
        _file = new ElfWindow(content);
        try
        {
            const int LargestHeader = 64;
            var header = _file.UpTo(0, LargestHeader);
            _encoding = ElfEncoding.Read(header);
            _header = new()
            {
                Type = _encoding.Half(header[16..]),
                Machine = _encoding.Half(header[18..]),
                Is64Bit = _encoding.Is64Bit,
            };
            var (dynamic, interpreter) = ReadSegments(header);
            _header = _header with { Interpreter = interpreter is { } segment ? _file.Text(segment.Offset, segment.End, MaximumName) : null };
            ReadTags(dynamic);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all that the dynamic linker looks at.</summary>
    public static ElfDynamicLinking Read(FileContent content)
    {
        using var reader = new ElfDynamicReader(content);
        return reader.ReadLinking();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>What the file needs and offers.</summary>
    public ElfDynamicLinking ReadLinking()
    {
        const ulong IgnoreDefaultFolders = 0x800;
        var versions = new ElfVersionReader(_file, _encoding, At, Name);
        return _header with
        {
            Needed = [.. _needed.Select(Name)],
            SharedObjectName = Text(DynamicTag.SharedObjectName, MaximumName),
            RunPath = Text(DynamicTag.RunPath, MaximumSearchPath),
            RPath = Text(DynamicTag.RPath, MaximumSearchPath),
            IgnoresDefaultFolders = ((Tag(DynamicTag.Flags1) ?? 0) & IgnoreDefaultFolders) != 0,
            NeededVersions = Tag(DynamicTag.VersionNeeds) is { } needs ? versions.ReadNeeds(needs) : [],
            DefinedVersions = Tag(DynamicTag.VersionDefinitions) is { } definitions ? versions.ReadDefinitions(definitions) : [],
            HasSymbolVersions = Tag(DynamicTag.SymbolVersions) is not null,
        };
    }

    /// <summary>Symbols that the file needs with a version, in the order of its symbol table; the first ones when there are many.</summary>
    /// <param name="version">The number of one of <see cref="ElfDynamicLinking.NeededVersions"/>.</param>
    /// <returns>None when no symbol has the version, as with versions that stand for a property of the library.</returns>
    public IReadOnlyList<string> FindSymbols(int version)
    {
        const int NumberSize = sizeof(ushort);
        const int HiddenBit = 0x8000;
        const int MaximumFound = 100;
        var names = new List<int>();
        if (Tag(DynamicTag.SymbolTable) is { } symbols && Tag(DynamicTag.SymbolVersions) is { } numbers)
        {
            var count = CountSymbols(symbols);
            var (table, tableEnd) = At(numbers);
            var found = new List<int>();
            for (var i = 1; i < count && found.Count < MaximumFound && table + ((ulong)(i + 1) * NumberSize) <= tableEnd; i++)
            {
                if ((_encoding.Half(_file.At(table + ((ulong)i * NumberSize), NumberSize)) & ~HiddenBit) == version)
                {
                    found.Add(i);
                }
            }

            foreach (var i in found)
            {
                names.Add((int)_encoding.Word(_file.At(At(symbols + ((ulong)i * (ulong)SymbolSize)).Offset, sizeof(uint))));
            }
        }

        return [.. names.Select(offset => Name((uint)offset))];
    }

    private int SymbolSize => _encoding.Is64Bit ? 24 : 16;

    /// <summary>
    /// How many symbols there are. Only the older kind of hash table says so; else linkers put the symbols' names right behind
    /// them.
    /// </summary>
    private int CountSymbols(ulong symbols)
    {
        const int MaximumSymbols = 1024 * 1024;
        if (Tag(DynamicTag.HashTable) is { } hash)
        {
            var (table, _) = At(hash);
            return (int)Math.Min(_encoding.Word(_file.At(table + sizeof(uint), sizeof(uint))), MaximumSymbols);
        }

        var strings = Tag(DynamicTag.StringTable) ?? 0;
        return strings > symbols ? (int)Math.Min((strings - symbols) / (ulong)SymbolSize, MaximumSymbols) : 0;
    }

    private (Segment? Dynamic, Segment? Interpreter) ReadSegments(ReadOnlySpan<byte> header)
    {
        var is64 = _encoding.Is64Bit;
        var table = _encoding.Address(header[(is64 ? 32 : 28)..]);
        int entrySize = _encoding.Half(header[(is64 ? 54 : 42)..]);
        int count = _encoding.Half(header[(is64 ? 56 : 44)..]);
        var rowSize = is64 ? 56 : 32;
        if (count > 0 && entrySize < rowSize)
        {
            throw new InvalidDataException("Its program header's entries are too small.");
        }

        Segment? dynamic = null;
        Segment? interpreter = null;
        for (var i = 0; i < count; i++)
        {
            // A sum that overflows comes out small, and is inside of the file again: what is there decides.
            var row = _file.At(table + ((ulong)i * (ulong)entrySize), rowSize);
            var segment = is64
                ? new Segment(_encoding.Address(row[8..]), _encoding.Address(row[16..]), _encoding.Address(row[32..]))
                : new Segment(_encoding.Address(row[4..]), _encoding.Address(row[8..]), _encoding.Address(row[16..]));
            switch (_encoding.Word(row))
            {
                case SegmentLoad:
                    _loaded.Add(segment);
                    break;
                case SegmentDynamic:
                    dynamic = segment;
                    break;
                case SegmentInterpreter:
                    // The kernel takes the first.
                    interpreter ??= segment;
                    break;
            }
        }

        return (Inside(dynamic), Inside(interpreter));
    }

    /// <summary>A segment that the file has all bytes of.</summary>
    private Segment? Inside(Segment? segment) =>
        segment is null || (segment.Offset <= _file.Length && segment.Size <= _file.Length - segment.Offset)
            ? segment
            : throw new InvalidDataException("A segment lies outside of the file: it is truncated or damaged.");

    private void ReadTags(Segment? dynamic)
    {
        var size = 2 * _encoding.AddressSize;
        var count = dynamic is null ? 0 : dynamic.Size / (ulong)size;
        for (ulong i = 0; i < count; i++)
        {
            if (i == MaximumTags)
            {
                throw new InvalidDataException($"Its dynamic segment has more than {MaximumTags} tags.");
            }

            var row = _file.At(dynamic!.Offset + (i * (ulong)size), size);
            var (tag, value) = (_encoding.Address(row), _encoding.Address(row[_encoding.AddressSize..]));
            if (tag == DynamicTag.End)
            {
                return;
            }

            if (tag != DynamicTag.Needed)
            {
                if (Array.IndexOf(DynamicTag.Known, tag) is >= 0 and var known)
                {
                    _tags[known] = value;
                }
            }
            else if (_needed.Count < MaximumNeeded)
            {
                _needed.Add(value);
            }
            else
            {
                throw new InvalidDataException($"It needs more than {MaximumNeeded} libraries.");
            }
        }
    }

    /// <summary>The value of a tag; of several with one number the last counts, as in ld.so.</summary>
    private ulong? Tag(ulong tag) => _tags[Array.IndexOf(DynamicTag.Known, tag)];

    private string? Text(ulong tag, int maximum) => Tag(tag) is { } offset ? StringAt(offset, maximum) : null;

    private string Name(ulong offset) => StringAt(offset, MaximumName);

    private string StringAt(ulong offset, int maximum)
    {
        var (table, end) = At(Tag(DynamicTag.StringTable) ?? throw new InvalidDataException("It has no dynamic string table."));
        end = Math.Min(end, table + Math.Min(Tag(DynamicTag.StringTableSize) ?? 0, end - table));
        return offset < end - table
            ? _file.Text(table + offset, end, maximum)
            : throw new InvalidDataException("A name lies outside of its string table.");
    }

    /// <summary>Where in the file that is which a loaded program sees at an address, and where its segment ends.</summary>
    private (ulong Offset, ulong End) At(ulong address)
    {
        foreach (var segment in _loaded)
        {
            if (address >= segment.Address && address - segment.Address < segment.Size)
            {
                Inside(segment);
                return (segment.Offset + (address - segment.Address), segment.End);
            }
        }

        throw new InvalidDataException("A table of its dynamic segment is not loaded.");
    }

    /// <summary>A segment: its place in the file and in memory, and its size in the file.</summary>
    private sealed record Segment(ulong Offset, ulong Address, ulong Size)
    {
        public ulong End => Offset + Size;
    }

    /// <summary>Tags of the dynamic segment (DT_*).</summary>
    private static class DynamicTag
    {
        public const ulong End = 0;
        public const ulong Needed = 1;
        public const ulong HashTable = 4;
        public const ulong StringTable = 5;
        public const ulong SymbolTable = 6;
        public const ulong StringTableSize = 10;
        public const ulong SharedObjectName = 14;
        public const ulong RPath = 15;
        public const ulong RunPath = 29;
        public const ulong SymbolVersions = 0x6FFF_FFF0;
        public const ulong Flags1 = 0x6FFF_FFFB;
        public const ulong VersionDefinitions = 0x6FFF_FFFC;
        public const ulong VersionNeeds = 0x6FFF_FFFE;

        /// <summary>The tags of which the value is kept.</summary>
        public static readonly ulong[] Known =
        [
            HashTable, StringTable, SymbolTable, StringTableSize, SharedObjectName, RPath, RunPath, SymbolVersions, Flags1,
            VersionDefinitions, VersionNeeds,
        ];
    }
}
