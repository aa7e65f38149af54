using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Compose.Tool.Artifacts;

/// <summary>Writes reports to the standard output: with styles on a terminal, plain in a pipe.</summary>
internal sealed class ReportConsole
{
    /// <summary>Lines are broken by the terminal, if any: what is cut off or broken here could not be copied.</summary>
    private const int Width = 1 << 20;

    private const int Indentation = 2;

    private readonly IAnsiConsole _console;

    public ReportConsole()
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        _console.Profile.Width = Width;
    }

    /// <summary>A size for people: with a decimal unit.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB"];
        var value = (double)Math.Abs(bytes);
        var unit = 0;
        while (value >= 999.95 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        var sign = bytes < 0 ? "-" : "";
        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{sign}{value:0} B")
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{value:0.0} {units[unit]}");
    }

    /// <summary>A time for people, in UTC.</summary>
    public static string Time(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A number of things.</summary>
    public static string Count(long count, string noun, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? noun : plural ?? noun + "s")}");

    /// <summary>An empty line and a heading.</summary>
    public void Heading(string text)
    {
        _console.WriteLine();
        Title(text);
    }

    /// <summary>The first heading.</summary>
    public void Title(string text) => _console.Write(new Text(text + "\n", new Style(decoration: Decoration.Bold)));

    /// <summary>A line of text.</summary>
    public void Line(string text, Color? color = null) => _console.Write(new Text(text + "\n", new Style(foreground: color)));

    /// <summary>Names with values below each other; those with no value are left out.</summary>
    public void Fields(params (string Name, string? Value)[] fields) =>
        Table([], [.. fields.Where(field => !string.IsNullOrEmpty(field.Value)).Select(field => (string[])[field.Name, field.Value!])]);

    /// <summary>Rows with columns. The last column is not filled up, so that a long cell makes no other row long.</summary>
    public void Table(string[] headings, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var all = headings.Length > 0 ? [headings, .. rows] : rows;
        var widths = new int[rows[0].Length];
        foreach (var row in all)
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], CellWidth(row[i]));
            }
        }

        foreach (var row in all)
        {
            var line = new StringBuilder().Append(' ', Indentation);
            for (var i = 0; i < row.Length; i++)
            {
                line.Append(row[i]).Append(' ', widths[i] - CellWidth(row[i]) + Indentation);
            }

            Line(line.ToString().TrimEnd(), ReferenceEquals(row, headings) ? Color.Grey : null);
        }
    }

    /// <summary>The columns of a terminal that a text takes: two for some characters.</summary>
    private static int CellWidth(string text) => new Segment(text).CellCount();
}
