using Compose.Benchmarks.Measuring;
using Compose.Benchmarks.Packers;

namespace Compose.Benchmarks.Cases;

/// <summary>Packs a tree with compose and mksquashfs in turn.</summary>
/// <param name="Tree">The tree's name.</param>
/// <param name="Codec">The codec.</param>
/// <param name="Level">Its level; null where it has none.</param>
/// <param name="Runs">How often.</param>
internal sealed record PackCase(string Tree, string Codec, int? Level, RunPlan Runs)
    : BenchmarkCase($"{Tree} {Codec} {Level}".TrimEnd(), Runs)
{
    /// <summary>The largest ratio of wall times that meets the target; null for none.</summary>
    public double? WallRatio { get; init; }

    /// <summary>The largest ratio of sizes that meets the target; null for none.</summary>
    public double? SizeRatio { get; init; }

    /// <summary>The most memory that meets the target, in MB; null for none.</summary>
    public double? PeakMegabytes { get; init; }

    /// <summary>Whether the other tools are run too, once.</summary>
    public bool WithOthers { get; init; }

    /// <inheritdoc/>
    public override async Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken)
    {
        var tree = await session.WarmTreeAsync(Tree, cancellationToken).ConfigureAwait(false);
        var settings = session.Settings(Codec, Level);
        var image = Path.Combine(session.Folders.EmptyOutput(), "image");
        Packer[] others = WithOthers ? [.. session.Tools.Others] : [];
        var contenders = new List<Contender>();
        foreach (var (packer, times) in others.Select(other => (other, 1)).Prepend((session.Tools.Baseline, runs)).Prepend((session.Tools.Compose, runs)))
        {
            if (packer.Command(settings, tree.Directory, image) is { } command)
            {
                contenders.Add(new Contender(packer.Name, settings.Label, command, image, times));
            }
        }

        var series = await session.RunInTurnAsync(Tree, contenders, cancellationToken).ConfigureAwait(false);
        return new CaseResult(Name, Tree, series, [.. Targets(series[0], series[1])]);
    }

    private IEnumerable<Target> Targets(Series ours, Series theirs)
    {
        if (WallRatio is { } wall)
        {
            yield return new Target($"wall against {theirs.Tool}", ours.Wall / theirs.Wall, wall, "", ours.Samples.Count);
        }

        if (SizeRatio is { } size)
        {
            yield return new Target($"size against {theirs.Tool}", (double)ours.OutputBytes / theirs.OutputBytes, size, "", ours.Samples.Count);
        }

        if (PeakMegabytes is { } peak)
        {
            yield return new Target("peak memory", ours.PeakBytes / 1e6, peak, "MB", ours.Samples.Count);
        }
    }
}
