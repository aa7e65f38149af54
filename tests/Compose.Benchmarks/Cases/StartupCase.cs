using Compose.Benchmarks.Packers;

namespace Compose.Benchmarks.Cases;

/// <summary>Packs a folder with one small file: hardly more than starting and ending.</summary>
/// <param name="Runs">How often.</param>
internal sealed record StartupCase(RunPlan Runs) : BenchmarkCase("start-up", Runs)
{
    private const double LimitSeconds = 0.150;

    /// <inheritdoc/>
    public override async Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken)
    {
        var tree = await session.WarmTreeAsync(Trees.TreeCollection.One, cancellationToken).ConfigureAwait(false);
        var settings = session.Settings("zstd", 3);
        var image = Path.Combine(session.Folders.EmptyOutput(), "image");
        var contenders = new Packer[] { session.Tools.Compose, session.Tools.Baseline }
            .Select(packer => new Contender(packer.Name, settings.Label, packer.Command(settings, tree.Directory, image)!, image, runs));
        var series = await session.RunInTurnAsync(tree.Name, [.. contenders], cancellationToken).ConfigureAwait(false);
        return new CaseResult(
            Name, tree.Name, series, [new Target("wall of the whole process with one file", series[0].Wall, LimitSeconds, "s", runs)]);
    }
}
