using Compose.Benchmarks.Measuring;
using Compose.Benchmarks.Packers;
using Compose.Benchmarks.Trees;
using Compose.FileTrees.Storage;

namespace Compose.Benchmarks.Cases;

/// <summary>
/// From packages that were downloaded to an image: with an empty content store and block cache, as the first build of an
/// extension does it, and with <c>dpkg -x</c> and mksquashfs.
/// </summary>
/// <param name="Runs">How often.</param>
internal sealed record ColdPathCase(RunPlan Runs) : BenchmarkCase("docker extension from packages", Runs)
{
    private const double WallRatio = 1.3;

    /// <summary>Unpacks into one folder, as many packages at once as there are threads, large ones first, and packs it.</summary>
    private const string Script = """
        set -e
        folder=$1 tree=$2 threads=$3
        shift 3
        mkdir "$tree"
        ls -S "$folder" | xargs -P "$threads" -I {} dpkg-deb -x "$folder/{}" "$tree"
        "$@"
        """;

    /// <inheritdoc/>
    public override async Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken)
    {
        const string name = "docker packages";
        var output = session.Folders.EmptyOutput();
        var packages = new RecipePackages(session.Folders, "docker");
        var debs = await packages.DownloadAsync(Path.Combine(output, "debs"), cancellationToken).ConfigureAwait(false);

        var settings = session.Settings("zstd", 15);
        var setting = $"{settings.Label}, from packages";
        var (store, tree, image) = (Path.Combine(output, "store"), Path.Combine(output, "tree"), Path.Combine(output, "image"));
        var ours = new Contender(
            "Compose.Images",
            setting,
            new Invocation(Path.Combine(AppContext.BaseDirectory, "Compose.Benchmarks"), BenchmarkCommand.BuildImage, store, packages.LockFile, image),
            image,
            runs)
        {
            Prepare = () => FillStore(store, debs),
        };
        var baseline = session.Tools.Baseline;
        var pack = baseline.Command(settings, tree, image);
        var theirs = new Contender(
            $"dpkg -x, {baseline.Name}",
            setting,
            new Invocation("sh", ["-c", Script, "sh", Path.Combine(output, "debs"), tree, $"{settings.Threads}", pack.Program, .. pack.Arguments]),
            image,
            runs)
        {
            Prepare = () => Delete(tree),
        };

        var series = await session.RunInTurnAsync(name, [ours, theirs], cancellationToken).ConfigureAwait(false);
        return new CaseResult(
            Name, name, series, [new Target($"wall against dpkg -x and {baseline.Name} {settings.Label}", series[0].Wall / series[1].Wall, WallRatio, "", runs)]);
    }

    /// <summary>A store as after a download: the packages, and nothing of what is in them.</summary>
    private static void FillStore(string directory, IReadOnlyDictionary<Sha256Digest, string> debs)
    {
        Delete(directory);
        var store = new ContentStore(directory);
        foreach (var (digest, deb) in debs)
        {
            var path = store.BlobPath(digest);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(deb, path);
        }
    }

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
