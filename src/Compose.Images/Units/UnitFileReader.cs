using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Compose.Images.Units;

/// <summary>Reads a unit file line by line, as systemd does. Each reader reads one file.</summary>
internal sealed class UnitFileReader
{
    /// <summary>As many problems of one file as anyone wants to read.</summary>
    private const int MaximumProblems = 10;

    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\n\r\0"u8);

    private readonly List<UnitSection> _sections = [];
    private readonly List<UnitSetting> _settings = [];
    private readonly List<UnitProblem> _problems = [];
    private readonly ArrayBufferWriter<byte> _continued = new();

    private string? _section;
    private bool _isGivenUp;

    /// <summary>The file's sections, assignments and problems.</summary>
    public UnitFile Read(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("\uFEFF"u8))
        {
            text = text["\uFEFF"u8.Length..];
        }

        var number = 0;
        var first = 0;
        while (!text.IsEmpty && !_isGivenUp)
        {
            number++;
            var line = TakeLine(ref text).TrimStart(" \t"u8);
            if (!line.IsEmpty && line[0] is (byte)'#' or (byte)';')
            {
                // Comments are left out between continued lines, too.
                continue;
            }

            if (line.Length + _continued.WrittenCount > UnitFile.MaximumLine)
            {
                Fail(number, "is longer than 1 MiB");
                break;
            }

            var isContinued = EndsWithEscape(line);
            if (_continued.WrittenCount > 0 || isContinued)
            {
                first = _continued.WrittenCount == 0 ? number : first;
                _continued.Write(isContinued ? line[..^1] : line);
                if (isContinued)
                {
                    _continued.Write(" "u8);
                    continue;
                }

                ReadLine(_continued.WrittenSpan, first);
                _continued.ResetWrittenCount();
            }
            else
            {
                ReadLine(line, number);
            }
        }

        if (_continued.WrittenCount > 0 && !_isGivenUp)
        {
            ReadLine(_continued.WrittenSpan, first);
        }

        return new UnitFile(_sections, _settings, _problems);
    }

    /// <summary>Takes a line with its end: LF, CR, NUL, or LF and CR in any order.</summary>
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(LineEnds);
        if (end < 0)
        {
            var last = text;
            text = [];
            return last;
        }

        var line = text[..end];
        var isPair = end + 1 < text.Length && (text[end], text[end + 1]) is ((byte)'\r', (byte)'\n') or ((byte)'\n', (byte)'\r');
        text = text[(end + (isPair ? 2 : 1))..];
        return line;
    }

    /// <summary>Whether the last byte is a backslash that no other one escapes.</summary>
    private static bool EndsWithEscape(ReadOnlySpan<byte> line)
    {
        var backslashes = line.Length - line.TrimEnd((byte)'\\').Length;
        return backslashes % 2 == 1;
    }

    private void ReadLine(ReadOnlySpan<byte> line, int number)
    {
        line = line.Trim(" \t"u8);
        if (line.IsEmpty)
        {
            return;
        }

        if (!Utf8.IsValid(line))
        {
            Fail(number, "is not UTF-8");
        }
        else if (_sections.Count + _settings.Count == UnitFile.MaximumEntries)
        {
            Fail(number, $"comes after {UnitFile.MaximumEntries} sections and settings, and no more are read", UnitProblemEffect.RestNotRead);
        }
        else if (line[0] == (byte)'[')
        {
            ReadHeader(line, number);
        }
        else if (_section is null)
        {
            Note(number, "is before the first section");
        }
        else
        {
            ReadSetting(line, number);
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> line, int number)
    {
        if (line[^1] != (byte)']')
        {
            Fail(number, "begins a section's header and has no ']' at its end");
            return;
        }

        var name = Encoding.UTF8.GetString(line[1..^1]);
        if (name.Any(c => c is '"' or '\'' or '\\' or < ' ' or '\x7f'))
        {
            Fail(number, "has a section's header with a character that cannot stand there");
            return;
        }

        _section = name;
        _sections.Add(new(name, number));
    }

    private void ReadSetting(ReadOnlySpan<byte> line, int number)
    {
        var equals = line.IndexOf((byte)'=');
        if (equals <= 0)
        {
            Note(number, equals < 0 ? "has no '='" : "has nothing before its '='");
            return;
        }

        var name = Encoding.UTF8.GetString(line[..equals].TrimEnd(" \t"u8));
        var value = Encoding.UTF8.GetString(line[(equals + 1)..].TrimStart(" \t"u8));
        _settings.Add(new(_section!, name, value, number));
    }

    private void Note(int line, string reason)
    {
        if (_problems.Count < MaximumProblems)
        {
            _problems.Add(new(line, reason, UnitProblemEffect.LineIgnored));
        }
    }

    /// <summary>Ends the reading, as systemd does not load such a file.</summary>
    private void Fail(int line, string reason, UnitProblemEffect effect = UnitProblemEffect.FileRefused)
    {
        _problems.Add(new(line, reason, effect));
        _isGivenUp = true;
    }
}
