using System.Globalization;
using System.Text;
using Compose.FileTrees.Operations;

namespace Compose.SquashFs;

/// <summary>A line of a sort list.</summary>
/// <param name="Pattern">
/// A path, or a pattern as <see cref="Glob"/> has them. One that matches a directory is for all below it too.
/// </param>
/// <param name="Priority">-32768 to 32767.</param>
public sealed record SquashFsSortLine(string Pattern, int Priority);

/// <summary>
/// In which order the contents of files lie in an image: those with a higher priority first, those with the same as they
/// would lie without a list. What no line names has priority 0. Where several lines name a file, the one with the most components
/// counts, and of those the last.
/// </summary>
public sealed class SquashFsSortList
{
    private readonly Dictionary<TreePath, (int Priority, int Index)> _paths = [];
    private readonly List<(Glob Glob, int Depth, int Priority, int Index)> _globs = [];

    /// <summary>Makes a list.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A priority is out of range.</exception>
    /// <exception cref="FormatException">A line has no pattern for paths.</exception>
    public SquashFsSortList(IEnumerable<SquashFsSortLine> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        Lines = [.. lines];
        for (var i = 0; i < Lines.Count; i++)
        {
            var (pattern, priority) = Lines[i];
            ArgumentOutOfRangeException.ThrowIfLessThan(priority, short.MinValue, nameof(lines));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(priority, short.MaxValue, nameof(lines));
            if (!TreePath.TryParse(Encoding.UTF8.GetBytes(pattern), out var path))
            {
                throw new FormatException($"'{pattern}' is not a pattern for paths.");
            }

            if (pattern.AsSpan().ContainsAny('*', '?', '['))
            {
                _globs.Add((new Glob(pattern), path.Depth, priority, i));
            }
            else
            {
                _paths[path] = (priority, i);
            }
        }
    }

    /// <summary>The lines.</summary>
    public IReadOnlyList<SquashFsSortLine> Lines { get; }

    /// <summary>
    /// Reads a list as mksquashfs does: on each line a path and a priority, with white space between them. A backslash takes
    /// the meaning from the character behind it, such as a space. Empty lines and those that begin with # are left out.
    /// </summary>
    /// <param name="reader">The text.</param>
    /// <param name="name">What to call it in an error, such as the file's path.</param>
    /// <exception cref="DiagnosticException">A line has another form.</exception>
    public static SquashFsSortList Parse(TextReader reader, string name)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var lines = new List<SquashFsSortLine>();
        for (var number = 1; reader.ReadLine() is { } text; number++)
        {
            var line = text.AsSpan().Trim();
            if (!line.IsEmpty && line[0] != '#')
            {
                lines.Add(ParseLine(line, $"{name}({number})"));
            }
        }

        return new SquashFsSortList(lines);
    }

    /// <summary>Reads a file.</summary>
    /// <inheritdoc cref="Parse"/>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SquashFsSortList ReadFile(string path)
    {
        using var reader = new StreamReader(path);
        return Parse(reader, path);
    }

    /// <summary>The priority that the list gives a path; null when no line names it.</summary>
    internal int? Find(TreePath path)
    {
        int? priority = null;
        var (bestDepth, bestIndex) = (-1, -1);
        for (var ancestor = path; ; ancestor = ancestor.Parent)
        {
            if (_paths.TryGetValue(ancestor, out var found))
            {
                (priority, bestDepth, bestIndex) = (found.Priority, ancestor.Depth, found.Index);
                break;
            }

            if (ancestor.IsRoot)
            {
                break;
            }
        }

        foreach (var (glob, depth, globPriority, index) in _globs)
        {
            if ((depth > bestDepth || (depth == bestDepth && index > bestIndex)) && glob.Matches(path))
            {
                (priority, bestDepth, bestIndex) = (globPriority, depth, index);
            }
        }

        return priority;
    }

    private static SquashFsSortLine ParseLine(ReadOnlySpan<char> line, string place)
    {
        var space = line.LastIndexOfAny(' ', '\t');
        if (space < 0 || IsEscaped(line, space))
        {
            throw Bad(place, $"'{line}' has no priority. Write a path, a space and a number from {short.MinValue} to {short.MaxValue}.");
        }

        var number = line[(space + 1)..];
        if (!int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority)
            || priority is < short.MinValue or > short.MaxValue)
        {
            throw Bad(place, $"'{number}' is not a priority. Write a number from {short.MinValue} to {short.MaxValue}.");
        }

        var pattern = Unescape(TrimEnd(line[..space]));
        try
        {
            // Tells patterns that are none by the line, not only by their text.
            _ = new SquashFsSortList([new SquashFsSortLine(pattern, priority)]);
        }
        catch (FormatException e)
        {
            throw Bad(place, e.Message);
        }

        return new SquashFsSortLine(pattern, priority);
    }

    private static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty && char.IsWhiteSpace(text[^1]) && !IsEscaped(text, text.Length - 1))
        {
            text = text[..^1];
        }

        return text;
    }

    private static bool IsEscaped(ReadOnlySpan<char> text, int index)
    {
        var backslashes = 0;
        while (index > backslashes && text[index - backslashes - 1] == '\\')
        {
            backslashes++;
        }

        return backslashes % 2 != 0;
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            i += text[i] == '\\' && i < text.Length - 1 ? 1 : 0;
            result.Append(text[i]);
        }

        return result.ToString();
    }

    private static DiagnosticException Bad(string place, string message) =>
        new(SquashFsDiagnostics.BadSortLine.Create($"{place}: {message}"));
}
