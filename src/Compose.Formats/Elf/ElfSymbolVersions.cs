namespace Compose.Formats.Elf;

/// <summary>
/// The versions of a file's dynamic symbols (Linux Standard Base, "Symbol Versioning"): a number for each symbol, and a
/// table of those that the file defines.
/// </summary>
internal sealed class ElfSymbolVersions
{
    private const uint SectionTypeDefinitions = 0x6FFF_FFFD;
    private const uint SectionTypeNumbers = 0x6FFF_FFFF;
    private const int Hidden = 0x8000;
    private const int DefinitionSize = 20;

    private readonly ElfFile _file;
    private readonly ReadOnlyMemory<byte> _numbers;
    private readonly Dictionary<int, string> _names = [];

    /// <exception cref="InvalidDataException">A name lies outside of its string table.</exception>
    public ElfSymbolVersions(ElfFile file)
    {
        _file = file;
        _numbers = file.Sections.FirstOrDefault(section => section.Type == SectionTypeNumbers)?.Content ?? default;
        if (file.Sections.FirstOrDefault(section => section.Type == SectionTypeDefinitions) is { } definitions)
        {
            ReadDefinitions(definitions);
        }
    }

    /// <summary>The version of a symbol; null when the file defines none for it.</summary>
    public string? Of(int symbol) => Number(symbol) is > 1 and var number ? _names.GetValueOrDefault(number & ~Hidden) : null;

    public bool IsDefault(int symbol) => (Number(symbol) & Hidden) == 0;

    private int Number(int symbol) =>
        (symbol + 1) * sizeof(ushort) <= _numbers.Length ? _file.Word16(_numbers.Span[(symbol * sizeof(ushort))..]) : 0;

    private void ReadDefinitions(ElfSection section)
    {
        const int BaseFlag = 1;

        var strings = _file.StringsOf(section);
        var content = section.Content.Span;

        // Each step goes on by at least a definition's size, so that a chain ends.
        for (uint offset = 0, next = DefinitionSize; next >= DefinitionSize && offset <= content.Length - DefinitionSize;)
        {
            var definition = content[(int)offset..];
            var name = _file.Word32(definition[12..]);
            if ((_file.Word16(definition[2..]) & BaseFlag) == 0 && name <= definition.Length - sizeof(uint))
            {
                _names.TryAdd(_file.Word16(definition[4..]), ElfFile.Text(strings.Span, _file.Word32(definition[(int)name..])));
            }

            next = _file.Word32(definition[16..]);
            if (next > content.Length - offset)
            {
                return;
            }

            offset += next;
        }
    }
}
