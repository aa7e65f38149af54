using Compose.Benchmarks.Measuring;
using Compose.Benchmarks.Packers;

namespace Compose.Benchmarks.Cases;

/// <summary>Extracts an image that mksquashfs made into a folder, with the library's reader and with unsquashfs in turn.</summary>
/// <param name="Tree">The name of the tree in the image.</param>
/// <param name="Runs">How often.</param>
internal sealed record ExtractCase(string Tree, RunPlan Runs) : BenchmarkCase($"{Tree} extraction", Runs)
{
    /// <inheritdoc/>
    public override async Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken)
    {
        var tree = await session.WarmTreeAsync(Tree, cancellationToken).ConfigureAwait(false);
        var output = session.Folders.EmptyOutput();
        var image = Path.Combine(output, "image");
        var settings = session.Settings("zstd", 3);
        await ChildProcess.RunAsync(session.Tools.Baseline.Command(settings, tree.Directory, image), null, cancellationToken).ConfigureAwait(false);

        var folder = Path.Combine(output, "extracted");
        var setting = $"{settings.Label}, extraction";
        var ours = new Invocation(Path.Combine(AppContext.BaseDirectory, "Compose.Benchmarks"), BenchmarkCommand.Extract, image, folder);
        var unsquashfs = Path.Combine(Path.GetDirectoryName(session.Tools.Baseline.Program)!, "unsquashfs");
        var theirs = new Invocation(unsquashfs, "-quiet", "-no-progress", "-processors", $"{settings.Threads}", "-dest", folder, image);
        var series = await session.RunInTurnAsync(
            Tree,
            [new Contender("Compose.SquashFs", setting, ours, folder, runs), new Contender("unsquashfs", setting, theirs, folder, runs)],
            cancellationToken).ConfigureAwait(false);
        return new CaseResult(Name, Tree, series, []);
    }
}
