using System.Text;

namespace Compose.Formats.Deb;

/// <summary>A field of a paragraph, as bytes.</summary>
/// <param name="name">The name, without the colon.</param>
/// <param name="value">All that follows the colon, with the line breaks and indentation of further lines, trimmed.</param>
public readonly ref struct Deb822Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
{
    /// <summary>The name, without the colon.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The value, with the line breaks and indentation of further lines, trimmed.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>The value as text: further lines without their indentation.</summary>
    public string ValueText()
    {
        if (!Value.Contains((byte)'\n'))
        {
            return Encoding.UTF8.GetString(Value);
        }

        var lines = new List<string>();
        foreach (var range in Value.Split((byte)'\n'))
        {
            var line = Value[range];
            if (line is not [(byte)'#', ..])
            {
                lines.Add(Encoding.UTF8.GetString(line.Trim(" \t\r"u8)));
            }
        }

        return string.Join('\n', lines);
    }
}

/// <summary>
/// One paragraph in the format of Debian's control files (deb822(5)): an enumeration of its fields without copies. Lines
/// that begin with <c>#</c> are comments.
/// </summary>
public ref struct Deb822Paragraph(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    /// <summary>The field that <see cref="MoveNext"/> found.</summary>
    public Deb822Field Current { get; private set; }

    /// <summary>The paragraph itself enumerates its fields.</summary>
    public readonly Deb822Paragraph GetEnumerator() => this;

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="InvalidDataException">A line is neither a field nor the continuation of one.</exception>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var length = FieldLength(_rest);
            var field = _rest[..length];
            _rest = _rest[length..];
            if (field is [(byte)'#', ..] || field.Trim(" \t\r\n"u8).IsEmpty)
            {
                continue;
            }

            var colon = field.IndexOf((byte)':');
            if (colon <= 0 || field[..colon].IndexOfAny(" \t\n"u8) >= 0)
            {
                throw new InvalidDataException($"'{FileTrees.TreePath.Describe(FirstLine(field))}' is not a field.");
            }

            Current = new Deb822Field(field[..colon], field[(colon + 1)..].Trim(" \t\r\n"u8));
            return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        return end < 0 ? text : text[..end];
    }

    /// <summary>The length of a line and the indented ones that follow it; comments within a field stay in it.</summary>
    private static int FieldLength(ReadOnlySpan<byte> text)
    {
        var isComment = text[0] == (byte)'#';
        var length = 0;
        while (true)
        {
            var newline = text[length..].IndexOf((byte)'\n');
            if (newline < 0)
            {
                return text.Length;
            }

            length += newline + 1;
            if (isComment || length >= text.Length || text[length] is not ((byte)' ' or (byte)'\t' or (byte)'#'))
            {
                return length;
            }
        }
    }
}
