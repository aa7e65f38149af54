using System.Text;

namespace Compose.Formats.Deb;

/// <summary>One paragraph of a control file: fields by name, without regard to case, in the file's order.</summary>
public sealed class ControlFields
{
    private readonly OrderedDictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    private ControlFields(ReadOnlyMemory<byte> source) => Source = source;

    /// <summary>The paragraph's bytes as they were read.</summary>
    public ReadOnlyMemory<byte> Source { get; }

    /// <summary>The names in order.</summary>
    public IEnumerable<string> Names => _fields.Keys;

    /// <summary>A field's value, lines joined by LF with their indentation removed; null when there is no such field.</summary>
    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads one paragraph.</summary>
    /// <exception cref="InvalidDataException">A line is no field, or a field occurs twice.</exception>
    public static ControlFields Parse(ReadOnlyMemory<byte> paragraph)
    {
        var result = new ControlFields(paragraph);
        foreach (var field in new Deb822Paragraph(paragraph.Span))
        {
            var name = Encoding.ASCII.GetString(field.Name);
            if (!result._fields.TryAdd(name, field.ValueText()))
            {
                throw new InvalidDataException($"The field '{name}' occurs twice.");
            }
        }

        return result;
    }
}
