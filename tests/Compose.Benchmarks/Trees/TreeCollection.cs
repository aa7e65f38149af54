namespace Compose.Benchmarks.Trees;

/// <summary>The trees by their names; each is made when it is first asked for.</summary>
internal sealed class TreeCollection(Folders folders, ProgressLog log)
{
    /// <summary>The names.</summary>
    public const string Docker = "docker", Usr = "usr", Random = "random", Empty = "empty", One = "one";

    private readonly Dictionary<string, BenchmarkTree> _made = new(StringComparer.Ordinal);

    /// <summary>Those that were asked for.</summary>
    public IEnumerable<BenchmarkTree> Made => _made.Values;

    /// <summary>A tree.</summary>
    public async Task<BenchmarkTree> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (!_made.TryGetValue(name, out var tree))
        {
            log.Say($"Tree {name}");
            tree = await MakeAsync(name, cancellationToken).ConfigureAwait(false);
            log.Say($"Tree {name}: {tree.Description}");
            _made.Add(name, tree);
        }

        return tree;
    }

    private Task<BenchmarkTree> MakeAsync(string name, CancellationToken cancellationToken)
    {
        var packages = new PackageTrees(folders, log);
        var directory = Path.Combine(folders.Trees, name);
        return name switch
        {
            Docker => packages.MakeAsync(PackageList.Docker, cancellationToken),
            Usr => packages.MakeAsync(PackageList.Usr, cancellationToken),
            Random => Task.FromResult(GeneratedTrees.Random(directory)),
            Empty => Task.FromResult(GeneratedTrees.Empty(directory, cancellationToken)),
            One => Task.FromResult(GeneratedTrees.One(directory)),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such tree."),
        };
    }
}
