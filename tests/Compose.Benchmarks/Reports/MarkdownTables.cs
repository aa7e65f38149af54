using System.Globalization;
using System.Text;
using Compose.Benchmarks.Cases;
using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Reports;

/// <summary>Writes a report as Markdown.</summary>
internal static class MarkdownTables
{
    /// <summary>The text.</summary>
    /// <param name="report">The report.</param>
    /// <param name="plot">The plot's path, from the text's folder.</param>
    public static string Write(BenchmarkReport report, string plot)
    {
        var text = new StringBuilder();
        Line(text, $"# Benchmark of {report.Date:yyyy-MM-dd}");
        Line(text, $"");
        Line(text, $"[How it is measured and how to run it](../README.md). Profile {report.Profile.ToString().ToLowerInvariant()}, {report.Duration.TotalMinutes:0} minutes.");
        Line(text, $"");
        Line(text, $"Machine: {report.Machine}.");
        Line(text, $"");
        Table(text, ["tool", "version"], [.. report.Tools.All.Select(tool => new[] { tool.Name, tool.Version })]);
        Table(text, ["tree", "what it is"], [.. report.Trees.Select(tree => new[] { tree.Name, tree.Description })]);
        Line(text, $"![Seconds over size]({plot})");
        Line(text, $"");
        WriteTargets(text, report.Results);
        foreach (var tree in report.Trees)
        {
            WriteSeries(text, tree.Name, [.. report.Results.Where(result => result.Tree == tree.Name)]);
        }

        foreach (var levels in report.Results.Where(result => result.IsLevelTable))
        {
            WriteLevels(text, levels);
        }

        WriteFailures(text, report.Results);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void WriteTargets(StringBuilder text, IReadOnlyList<CaseResult> results)
    {
        var targets = results.SelectMany(result => result.Targets.Select(target => (result.Case, Target: target))).ToArray();
        if (targets.Length == 0)
        {
            return;
        }

        Line(text, $"## Targets: {targets.Count(target => target.Target.IsMet)} of {targets.Length} met");
        Line(text, $"");
        Table(text, ["case", "measure", "value", "target", "runs", "verdict"],
        [
            .. targets.Select(target => new[]
            {
                target.Case, target.Target.Measure, Value(target.Target.Value, target.Target.Unit), $"at most {Value(target.Target.Limit, target.Target.Unit)}",
                Number(target.Target.Runs, "0"), target.Target.IsMet ? "met" : "**missed**",
            }),
        ]);
    }

    private static void WriteSeries(StringBuilder text, string tree, IReadOnlyList<CaseResult> results)
    {
        var rows = new List<string[]>();
        foreach (var result in results.Where(result => !result.IsLevelTable && result.Series.Count > 0))
        {
            var baseline = result.Series[1];
            rows.AddRange(result.Series.Select(series => Row(series, baseline)));
        }

        if (rows.Count > 0)
        {
            Line(text, $"## {tree}");
            Line(text, $"");
            Table(text, ["setting", "tool", "runs", "wall, s", "user + system, s", "size, MB", "peak memory, MB", "wall ratio", "size ratio"], rows);
        }
    }

    private static string[] Row(Series series, Series baseline) =>
    [
        series.Setting, series.Tool, Number(series.Samples.Count, "0"), Number(series.Wall, "0.00"), Number(series.Processor, "0.00"),
        Number(series.OutputBytes / 1e6, "0.00"), Number(series.PeakBytes / 1e6, "0"), Number(series.Wall / baseline.Wall, "0.000"),
        baseline.OutputBytes == 0 ? "" : Number((double)series.OutputBytes / baseline.OutputBytes, "0.0000"),
    ];

    private static void WriteLevels(StringBuilder text, CaseResult result)
    {
        Line(text, $"## {result.Case}");
        Line(text, $"");
        Table(text, ["level", "wall, s", "size, MB"],
            [.. result.Series.Select(series => new[] { series.Setting, Number(series.Wall, "0.00"), Number(series.OutputBytes / 1e6, "0.00") })]);
    }

    private static void WriteFailures(StringBuilder text, IReadOnlyList<CaseResult> results)
    {
        foreach (var result in results.Where(result => result.Failure is not null))
        {
            Line(text, $"**{result.Case} could not be measured.** {result.Failure!.Split('\n')[0]}");
            Line(text, $"");
        }
    }

    private static void Table(StringBuilder text, IReadOnlyList<string> heads, IReadOnlyList<string[]> rows)
    {
        Line(text, $"| {string.Join(" | ", heads)} |");
        Line(text, $"|{string.Concat(Enumerable.Repeat("---|", heads.Count))}");
        foreach (var row in rows)
        {
            Line(text, $"| {string.Join(" | ", row)} |");
        }

        Line(text, $"");
    }

    private static string Value(double value, string unit) => unit switch
    {
        "" => Number(value, "0.000"),
        "MB" => Number(value, "0") + " MB",
        _ => $"{Number(value, "0.000")} {unit}",
    };

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
