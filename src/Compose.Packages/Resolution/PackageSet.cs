using System.Diagnostics.CodeAnalysis;
using Compose.Packages.Debian;

namespace Compose.Packages.Resolution;

/// <summary>A package that is there, with why: chosen by the resolver, or in the base.</summary>
internal sealed class PresentPackage(string name, DebianVersion version, IReadOnlyList<Relation> provides, bool isMultiArchAllowed)
{
    public string Name { get; } = name;

    public DebianVersion Version { get; } = version;

    public IReadOnlyList<Relation> Provides { get; } = provides;

    public bool IsMultiArchAllowed { get; } = isMultiArchAllowed;

    /// <summary>The index's package; null for one of the base.</summary>
    public BinaryPackage? Package { get; init; }

    /// <summary>The package that asked for this one; null for requests and the base.</summary>
    public PresentPackage? Parent { get; init; }

    /// <summary>How it asked.</summary>
    public string Reason { get; init; } = string.Empty;

    public bool IsInstalled => Package is null;

    /// <summary>The way from the request to here: <c>docker.io → containerd → runc (>= 1.0)</c>.</summary>
    public string Chain => IsInstalled ? $"{Name} {Version} (in the base)" : Parent is null ? Reason : $"{Parent.Chain} → {Reason}";
}

/// <summary>Packages by name and by what they provide; at most one of a name.</summary>
internal sealed class PackageSet(string architecture)
{
    private readonly Dictionary<string, PresentPackage> _byName = [];
    private readonly Dictionary<string, List<(PresentPackage Package, Relation Provided)>> _byProvided = [];

    public IEnumerable<PresentPackage> All => _byName.Values;

    public bool TryGet(string name, [NotNullWhen(true)] out PresentPackage? package) => _byName.TryGetValue(name, out package);

    /// <summary>Adds a package unless one of its name is there.</summary>
    public void Add(PresentPackage package)
    {
        if (!_byName.TryAdd(package.Name, package))
        {
            return;
        }

        foreach (var provided in package.Provides)
        {
            if (!_byProvided.TryGetValue(provided.Name, out var list))
            {
                _byProvided.Add(provided.Name, list = []);
            }

            list.Add((package, provided));
        }
    }

    /// <summary>The package that satisfies the relation, or null.</summary>
    public PresentPackage? Satisfying(Relation relation) =>
        _byName.TryGetValue(relation.Name, out var named) && Fits(relation, named.IsMultiArchAllowed, architecture) && relation.Accepts(named.Version)
            ? named
            : Providing(relation).FirstOrDefault();

    /// <summary>All packages that the relation means, by name or by what they provide.</summary>
    public IEnumerable<PresentPackage> Matching(Relation relation)
    {
        if (_byName.TryGetValue(relation.Name, out var named) && relation.Accepts(named.Version))
        {
            yield return named;
        }

        foreach (var provider in Providing(relation))
        {
            yield return provider;
        }
    }

    /// <summary>Whether the qualifier accepts a package of the architecture (Debian's multi-arch specification).</summary>
    public static bool Fits(Relation relation, bool isMultiArchAllowed, string architecture) => relation.Qualifier switch
    {
        null or "native" => true,
        "any" => isMultiArchAllowed,
        var named => named == architecture,
    };

    /// <summary>Whether a virtual package satisfies the relation: a version is compared only with one that is given.</summary>
    public static bool IsProvided(Relation relation, Relation provided) =>
        relation.Comparison == VersionComparison.Any || (provided.Version is { } version && relation.Accepts(version));

    private IEnumerable<PresentPackage> Providing(Relation relation) =>
        _byProvided.TryGetValue(relation.Name, out var providers)
            ? providers.Where(provider => IsProvided(relation, provider.Provided)).Select(provider => provider.Package)
            : [];
}
