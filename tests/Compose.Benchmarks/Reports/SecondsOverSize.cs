using Compose.Benchmarks.Measuring;
using Compose.Benchmarks.Trees;

namespace Compose.Benchmarks.Reports;

/// <summary>
/// The plot of a report: for each tree of packages a panel with a point for each tool, codec and level. Stored blocks are
/// left out: beside them all codecs would be one spot.
/// </summary>
internal static class SecondsOverSize
{
    private static readonly string[] s_trees = [TreeCollection.Docker, TreeCollection.Usr];

    /// <summary>The plot as SVG. The same report gives the same text.</summary>
    public static string Draw(BenchmarkReport report)
    {
        var panels = new List<ScatterPanel>();
        foreach (var tree in report.Trees.Where(tree => s_trees.Contains(tree.Name)))
        {
            var points = report.Results
                .Where(result => result.Tree == tree.Name)
                .SelectMany(result => result.Series)
                .DistinctBy(series => (series.Tool, series.Setting))
                .Select(Point)
                .OfType<ScatterPoint>()
                .ToArray();
            if (points.Length > 0)
            {
                panels.Add(new ScatterPanel($"{tree.Name}: {tree.Description}", points));
            }
        }

        return new ScatterPlot([.. report.Tools.All.Select(tool => tool.Name)], panels).ToSvg();
    }

    private static ScatterPoint? Point(Series series)
    {
        var words = series.Setting.Split(' ');
        var level = 0;
        var isPlain = words.Length == 1 || (words.Length == 2 && int.TryParse(words[1], out level));
        return isPlain && words[0] is "zstd" or "gzip" or "xz" or "lz4"
            ? new ScatterPoint(series.Tool, words[0], level, series.Wall, series.OutputBytes / 1e6)
            : null;
    }
}
