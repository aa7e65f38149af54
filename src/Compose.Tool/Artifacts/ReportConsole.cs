using System.Globalization;
using Spectre.Console;

namespace Compose.Tool.Artifacts;

/// <summary>Writes reports to the standard output: with styles on a terminal, plain in a pipe.</summary>
internal sealed class ReportConsole
{
    /// <summary>Nothing is broken into lines where no terminal is.</summary>
    private const int PipeWidth = 4096;

    private readonly IAnsiConsole _console;

    public ReportConsole()
    {
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            _console.Profile.Width = PipeWidth;
        }
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

    /// <summary>Rows with columns.</summary>
    public void Table(string[] headings, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var grid = new Grid();
        for (var i = 0; i < rows[0].Length; i++)
        {
            grid.AddColumn(new GridColumn { NoWrap = i + 1 < rows[0].Length, Padding = new Padding(i == 0 ? 2 : 0, 0, 2, 0) });
        }

        if (headings.Length > 0)
        {
            grid.AddRow([.. headings.Select(heading => new Text(heading, new Style(foreground: Color.Grey)))]);
        }

        foreach (var row in rows)
        {
            grid.AddRow([.. row.Select(cell => new Text(cell))]);
        }

        _console.Write(grid);
    }
}
