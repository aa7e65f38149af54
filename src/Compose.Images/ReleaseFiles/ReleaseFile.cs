using System.Text;
using Compose.Diagnostics;

namespace Compose.Images.ReleaseFiles;

/// <summary>
/// An <c>os-release</c> or <c>extension-release</c> file: variables of the form that os-release(5) describes, in the
/// order in which they were given.
/// </summary>
public sealed class ReleaseFile
{
    private readonly List<KeyValuePair<string, string>> _variables = [];

    /// <summary>The variables in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Variables => _variables;

    /// <summary>A variable's value, or null. The last one counts, as for the shell.</summary>
    public string? this[string name]
    {
        get
        {
            var index = _variables.FindLastIndex(variable => variable.Key == name);
            return index < 0 ? null : _variables[index].Value;
        }
    }

    /// <summary>Adds a variable; null and empty values are left out.</summary>
    /// <exception cref="DiagnosticException">The value has a line break or another control character.</exception>
    public ReleaseFile Add(string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return this;
        }

        if (value.Any(char.IsControl))
        {
            throw new DiagnosticException(ImageDiagnostics.BadValue.Create($"The value of {name} has a control character."));
        }

        _variables.Add(new(name, value));
        return this;
    }

    /// <summary>Reads a file's text. Comments and lines that are no assignment are passed over, as systemd does.</summary>
    public static ReleaseFile Parse(string text)
    {
        var file = new ReleaseFile();
        foreach (var rawLine in text.Split('\n'))
        {
            var line = rawLine.Trim();
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#')
            {
                file._variables.Add(new(line[..equals], Unquote(line[(equals + 1)..])));
            }
        }

        return file;
    }

    /// <summary>The file's text, one variable a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _variables)
        {
            text.Append(name).Append('=').Append(Quote(value)).Append('\n');
        }

        return text.ToString();
    }

    private static string Quote(string value)
    {
        if (value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            return value;
        }

        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\' or '$' or '`')
            {
                text.Append('\\');
            }

            text.Append(c);
        }

        return text.Append('"').ToString();
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] is not ('"' or '\'') || value[^1] != value[0])
        {
            return value;
        }

        var inner = value[1..^1];
        if (value[0] == '\'')
        {
            return inner;
        }

        var text = new StringBuilder(inner.Length);
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '\\' && i + 1 < inner.Length && inner[i + 1] is ('"' or '\\' or '$' or '`'))
            {
                i++;
            }

            text.Append(inner[i]);
        }

        return text.ToString();
    }
}
