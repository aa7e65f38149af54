using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Cases;

/// <summary>Packs a tree at each level, once: the table that the choice of a level rests on.</summary>
/// <param name="Tree">The tree's name.</param>
/// <param name="Codec">The codec.</param>
/// <param name="Levels">The levels.</param>
/// <param name="Runs">Whether it is run.</param>
internal sealed record LevelsCase(string Tree, string Codec, IReadOnlyList<int> Levels, RunPlan Runs)
    : BenchmarkCase($"{Tree} {Codec} levels {Levels[0]} to {Levels[^1]}", Runs)
{
    /// <inheritdoc/>
    public override async Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken)
    {
        var tree = await session.WarmTreeAsync(Tree, cancellationToken).ConfigureAwait(false);
        var image = Path.Combine(session.Folders.EmptyOutput(), "image");
        var compose = session.Tools.Compose;
        var series = new List<Series>();
        foreach (var level in Levels)
        {
            var settings = session.Settings(Codec, level);
            series.Add(session.Known(Tree, settings.Label, compose.Name)
                ?? (await session.RunInTurnAsync(
                    Tree,
                    [new Contender(compose.Name, settings.Label, compose.Command(settings, tree.Directory, image), image, 1)],
                    cancellationToken).ConfigureAwait(false))[0]);
        }

        return new CaseResult(Name, Tree, series, []) { IsLevelTable = true };
    }
}
