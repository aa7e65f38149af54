using Compose.Benchmarks.Measuring;
using Compose.Benchmarks.Packers;
using Compose.Benchmarks.Trees;

namespace Compose.Benchmarks.Cases;

/// <summary>
/// Packs a tree again after one of its files changed, with the block cache that the first packing filled. A plain copy is
/// <c>tar cf</c> of the same tree into one file.
/// </summary>
/// <param name="Runs">How often the tree changes and is packed again.</param>
internal sealed record RepackCase(RunPlan Runs) : BenchmarkCase("docker zstd 15 after one changed file", Runs)
{
    private const double MksquashfsRatio = 0.05;
    private const double CopyRatio = 1.5;

    /// <summary>A program of some 40 MB; one byte in its middle changes.</summary>
    private static readonly string s_changedFile = Path.Combine("usr", "bin", "docker");

    /// <inheritdoc/>
    public override async Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken)
    {
        var original = await session.WarmTreeAsync(TreeCollection.Docker, cancellationToken).ConfigureAwait(false);
        var output = session.Folders.EmptyOutput();
        var tree = Path.Combine(output, "tree");
        await ChildProcess.RunAsync(new Invocation("cp", "-a", original.Directory, tree), null, cancellationToken).ConfigureAwait(false);

        var settings = session.Settings("zstd", 15);
        var (compose, baseline) = (session.Tools.Compose, session.Tools.Baseline);
        var image = Path.Combine(output, "image");
        var theirs = session.Known(original.Name, settings.Label, baseline.Name) ?? await OnceAsync(
            session, original.Name, new Contender(baseline.Name, settings.Label, baseline.Command(settings, tree, image), image, 1), cancellationToken).ConfigureAwait(false);

        // The user's own cache would hold blocks already, and would keep these.
        var command = compose.CachedCommand(settings, tree, image) with
        {
            Environment = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = Path.Combine(output, "cache") },
        };
        var first = await OnceAsync(
            session, original.Name, new Contender(compose.Name, $"{settings.Label}, first packing with an empty cache", command, image, 1), cancellationToken).ConfigureAwait(false);
        var again = new List<Sample>();
        var copies = new List<Sample>();
        var archive = Path.Combine(output, "archive.tar");
        for (var run = 0; run < runs; run++)
        {
            ChangeOneByte(Path.Combine(tree, s_changedFile));
            again.AddRange((await OnceAsync(
                session, original.Name, new Contender(compose.Name, $"{settings.Label}, one changed file", command, image, 1), cancellationToken).ConfigureAwait(false)).Samples);
            copies.AddRange((await OnceAsync(
                session, original.Name, new Contender("tar cf", "plain copy", new Invocation("tar", "cf", archive, "-C", tree, "."), archive, 1), cancellationToken).ConfigureAwait(false)).Samples);
        }

        var repacked = new Series(compose.Name, $"{settings.Label}, one changed file", again);
        var copied = new Series("tar cf", "plain copy", copies);
        return new CaseResult(Name, original.Name, [repacked, theirs, copied, first],
        [
            new Target($"wall against {theirs.Tool} {settings.Label}", repacked.Wall / theirs.Wall, MksquashfsRatio, "", runs),
            new Target("wall against a plain copy", repacked.Wall / copied.Wall, CopyRatio, "", runs),
        ]);
    }

    private static async Task<Series> OnceAsync(BenchmarkSession session, string tree, Contender contender, CancellationToken cancellationToken) =>
        (await session.RunInTurnAsync(tree, [contender], cancellationToken).ConfigureAwait(false))[0];

    private static void ChangeOneByte(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = file.Length / 2;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value + 1));
    }
}
