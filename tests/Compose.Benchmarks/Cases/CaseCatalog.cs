using Compose.Benchmarks.Trees;

namespace Compose.Benchmarks.Cases;

/// <summary>All cases with their targets, in the order in which they run.</summary>
internal static class CaseCatalog
{
    private const double DockerPeak = 120;
    private const double UsrPeak = 200;
    private const double EmptyPeak = 600;

    /// <summary>
    /// The cases. In the default profile a case has five runs where a pair takes up to some 10 seconds on two cores, three
    /// up to 40, one above.
    /// </summary>
    public static IReadOnlyList<BenchmarkCase> All { get; } =
    [
        new StartupCase(new(5, 20, 20)),
        Zstd(TreeCollection.Docker, 3, new(1, 5, 5)) with { WithOthers = true },
        Zstd(TreeCollection.Docker, 9, new(0, 5, 5)) with { WithOthers = true },
        Zstd(TreeCollection.Docker, 15, new(0, 3, 5)),
        Zstd(TreeCollection.Docker, 19, new(0, 1, 5)),
        Gzip(TreeCollection.Docker, 6, 0.35, new(1, 5, 5)),
        Gzip(TreeCollection.Docker, 9, 0.45, new(0, 1, 5)),
        Stored(TreeCollection.Docker, new(1, 5, 5)),
        new PackCase(TreeCollection.Docker, "lz4", 1, new(0, 5, 5)),
        new PackCase(TreeCollection.Docker, "lz4", 12, new(0, 1, 1)) { WithOthers = true },
        new PackCase(TreeCollection.Docker, "xz", null, new(0, 1, 1)),
        new RepackCase(new(0, 5, 5)),
        new ColdPathCase(new(0, 3, 5)),
        new ExtractCase(TreeCollection.Docker, new(0, 5, 5)),
        new PackCase(TreeCollection.Random, "zstd", 15, new(1, 3, 5)) { WallRatio = 0.15, SizeRatio = 1.00 },
        Zstd(TreeCollection.Usr, 3, new(0, 5, 5)) with { WithOthers = true },
        Zstd(TreeCollection.Usr, 9, new(0, 3, 5)),
        Zstd(TreeCollection.Usr, 15, new(0, 1, 5)),
        Zstd(TreeCollection.Usr, 19, new(0, 1, 5)),
        Gzip(TreeCollection.Usr, 6, 0.35, new(0, 1, 5)),
        Gzip(TreeCollection.Usr, 9, 0.45, new(0, 1, 5)),
        Stored(TreeCollection.Usr, new(0, 5, 5)),
        new PackCase(TreeCollection.Usr, "lz4", 1, new(0, 3, 5)),
        new ExtractCase(TreeCollection.Usr, new(0, 1, 1)),
        new PackCase(TreeCollection.Empty, "zstd", 15, new(0, 1, 3)) { PeakMegabytes = EmptyPeak },
        new LevelsCase(TreeCollection.Docker, "zstd", [.. Enumerable.Range(1, 15), 19], new(0, 1, 1)),
    ];

    private static PackCase Zstd(string tree, int level, RunPlan runs) =>
        new(tree, "zstd", level, runs) { WallRatio = 1.00, SizeRatio = 1.00, PeakMegabytes = Peak(tree) };

    private static PackCase Gzip(string tree, int level, double wall, RunPlan runs) =>
        new(tree, "gzip", level, runs) { WallRatio = wall, SizeRatio = 1.01, PeakMegabytes = Peak(tree) };

    private static PackCase Stored(string tree, RunPlan runs) =>
        new(tree, "none", null, runs) { WallRatio = 0.90, PeakMegabytes = Peak(tree) };

    private static double Peak(string tree) => tree == TreeCollection.Docker ? DockerPeak : UsrPeak;
}
