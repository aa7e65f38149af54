using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Packers;

/// <summary>The tools that take part.</summary>
/// <param name="Compose">Ours.</param>
/// <param name="Baseline">The mksquashfs that ratios refer to.</param>
/// <param name="Others">Further points of comparison.</param>
internal sealed record Toolbox(ComposePacker Compose, MksquashfsPacker Baseline, IReadOnlyList<Packer> Others)
{
    /// <summary>All of them.</summary>
    public IEnumerable<Packer> All => [Compose, Baseline, .. Others];

    /// <summary>Finds them, and builds the one that ratios refer to.</summary>
    /// <param name="folders">Where things are.</param>
    /// <param name="compose">The path of the compose command; null for the one that the Benchmark target publishes.</param>
    /// <param name="log">Told what is built and what is missing.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="BenchmarkException">One that cannot be done without is missing.</exception>
    public static async Task<Toolbox> FindAsync(Folders folders, string? compose, ProgressLog log, CancellationToken cancellationToken)
    {
        compose ??= Path.Combine(folders.Tools, "compose", "compose");
        if (!File.Exists(compose))
        {
            throw new BenchmarkException($"'{compose}' is missing. 'dotnet cake --target=Benchmark' publishes it there; --compose names another.");
        }

        Task<string> VersionAsync(string path, params IReadOnlyList<string> query) =>
            InstalledTools.VersionAsync(path, new Invocation(query[0], [.. query.Skip(1)]), cancellationToken);

        var mksquashfs = InstalledTools.Require("mksquashfs");
        var installed = new MksquashfsPacker(
            "mksquashfs (installed)", await VersionAsync(mksquashfs, mksquashfs, "-version").ConfigureAwait(false), mksquashfs);
        var others = new List<Packer>();
        MksquashfsPacker? built = null;
        var source = new SquashfsToolsSource(folders, log);
        if (await source.BuildAsync(cancellationToken).ConfigureAwait(false) is { } libraries)
        {
            var version = await VersionAsync(source.Program, source.Program, "-version").ConfigureAwait(false);
            built = new MksquashfsPacker("mksquashfs", $"{version}, {libraries}", source.Program);
            others.Add(installed);
        }

        if (InstalledTools.Find("gensquashfs") is { } gensquashfs)
        {
            others.Add(new GensquashfsPacker(await VersionAsync(gensquashfs, gensquashfs, "--version").ConfigureAwait(false), gensquashfs));
        }

        if (InstalledTools.Find("mkfs.erofs") is { } erofs)
        {
            // Older versions have no option for it.
            var version = await VersionAsync(erofs, "dpkg-query", "-W", "-f", "${Version}", "erofs-utils").ConfigureAwait(false);
            others.Add(new ErofsPacker(version, erofs));
        }

        return new Toolbox(new ComposePacker(await ComposeVersionAsync(folders, cancellationToken).ConfigureAwait(false), compose), built ?? installed, others);
    }

    /// <summary>The commit, as versions only change with releases, and the codec's package.</summary>
    private static async Task<string> ComposeVersionAsync(Folders folders, CancellationToken cancellationToken)
    {
        var describe = new Invocation("git", "-C", folders.Repository, "describe", "--always", "--dirty", "--exclude=*");
        var commit = (await ChildProcess.RunAsync(describe, null, cancellationToken).ConfigureAwait(false)).Text.Trim();
        return $"commit {commit}, ZstdNet {InstalledTools.PackageVersion(typeof(ZstdNet.Compressor).Assembly)}";
    }
}
