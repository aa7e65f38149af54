using Compose.Packages.Debian;
using Compose.Packages.Releases;

namespace Compose.Packages.Resolution;

/// <summary>What was resolved.</summary>
/// <param name="Packages">The packages to add, sorted by name.</param>
/// <param name="Uses">The dependencies that the base or referenced extensions satisfy, sorted.</param>
public sealed record Resolution(IReadOnlyList<BinaryPackage> Packages, IReadOnlyList<string> Uses);

/// <summary>
/// Finds the packages that requests need. It works as apt does: requests first, then all dependencies that leave no
/// choice, then, one by one, those that do, each satisfied by what is there already or else by its first installable
/// alternative. It never takes a choice back; what does not fit together is an error that shows the chains.
/// </summary>
public sealed class Resolver
{
    private readonly string _architecture;
    private readonly string _repository;
    private readonly IReadOnlyList<PackageIndex> _indexes;
    private readonly bool _withRecommends;
    private readonly PackageSet _present;
    private readonly Dictionary<string, VersionRequirement> _required = new(StringComparer.Ordinal);
    private readonly Queue<PresentPackage> _pending = new();
    private readonly Queue<(PresentPackage Owner, RelationGroup Group, bool IsRequired)> _choices = new();
    private readonly SortedSet<string> _uses = new(StringComparer.Ordinal);

    private Resolver(IReadOnlyList<DebianRepository> repositories, IReadOnlyList<PackageIndex> indexes, bool withRecommends)
    {
        _architecture = repositories[0].Architecture;
        _repository = string.Join(" or ", repositories);
        _indexes = indexes;
        _withRecommends = withRecommends;
        _present = new PackageSet(_architecture);
    }

    /// <summary>Resolves requests.</summary>
    /// <param name="requests">What is asked for; their order does not matter.</param>
    /// <param name="installed">What the base and referenced extensions have; it is never changed.</param>
    /// <param name="repositories">The repositories, for messages and the architecture.</param>
    /// <param name="indexes">The repositories' packages, in their order. Of several versions the newest that fits is taken, then the first.</param>
    /// <param name="withRecommends">Whether recommended packages are taken too, where that is possible.</param>
    /// <exception cref="DiagnosticException">A package is missing or packages do not fit together.</exception>
    public static Resolution Resolve(
        IEnumerable<PackageRequest> requests,
        IEnumerable<InstalledPackage> installed,
        IReadOnlyList<DebianRepository> repositories,
        IReadOnlyList<PackageIndex> indexes,
        bool withRecommends = false)
    {
        var resolver = new Resolver(repositories, indexes, withRecommends);
        foreach (var package in installed)
        {
            resolver._present.Add(new PresentPackage(package.Name, package.Version, package.Provides, package.IsMultiArchAllowed));
        }

        return resolver.Run([.. requests.OrderBy(request => request.Name, StringComparer.Ordinal)]);
    }

    private Resolution Run(PackageRequest[] requests)
    {
        foreach (var request in requests)
        {
            if (!_required.TryAdd(request.Name, VersionRequirement.Of(request)) && requests.Any(other => other.Name == request.Name && other.Version != request.Version))
            {
                throw Fail(PackageDiagnostics.BadRequest, $"The package '{request.Name}' is asked for twice, in different versions.", request.Name);
            }
        }

        foreach (var request in requests)
        {
            Request(request);
        }

        while (true)
        {
            if (_pending.TryDequeue(out var package))
            {
                Expand(package);
            }
            else if (_choices.TryDequeue(out var choice))
            {
                Satisfy(choice.Owner, choice.Group, choice.IsRequired, deferChoices: false);
            }
            else
            {
                break;
            }
        }

        CheckConflicts();
        return new Resolution(
            [.. _present.All.Where(package => !package.IsInstalled).Select(package => package.Package!).OrderBy(package => package.Name, StringComparer.Ordinal)],
            [.. _uses]);
    }

    private void Request(PackageRequest request)
    {
        if (request.Architecture is { } architecture && architecture != _architecture && architecture != "all")
        {
            throw Fail(PackageDiagnostics.BadRequest, $"The package '{request}' is of another architecture than the repository {_repository}.", request.Name);
        }

        var requirement = _required[request.Name];
        if (_present.TryGet(request.Name, out var present))
        {
            // Either in the base, or required by a request before and so of the right version.
            if (!requirement.Accepts(present.Version))
            {
                throw Fail(
                    PackageDiagnostics.InstalledVersion,
                    $"'{request}' is asked for, but {present.Chain} cannot be replaced by an extension.", request.Name);
            }

            return;
        }

        var relation = new Relation(request.Name, null, VersionComparison.Any, null);
        if (Candidates(relation).FirstOrDefault() is { } package)
        {
            Choose(package, null, request.ToString());
            return;
        }

        var providers = Providers(relation);
        if (providers.Count == 1 && request.Version is null)
        {
            Choose(providers[0], null, $"{request} ({providers[0].Name})");
            return;
        }

        var versions = Named(request.Name).Select(candidate => candidate.Version.ToString()).ToArray();
        throw Fail(
            PackageDiagnostics.NotFound,
            versions.Length > 0 ? $"'{request}' is not in {_repository}, which has {string.Join(", ", versions)}."
            : providers.Count > 1 ? $"'{request.Name}' is a virtual package. Ask for one of {string.Join(", ", providers.Select(p => p.Name))}."
            : $"'{request.Name}' is not in {_repository}.",
            request.Name);
    }

    private void Expand(PresentPackage package)
    {
        foreach (var group in package.Package!.Depends)
        {
            Satisfy(package, group, isRequired: true, deferChoices: true);
        }

        if (_withRecommends)
        {
            foreach (var group in package.Package.Recommends)
            {
                _choices.Enqueue((package, group, false));
            }
        }
    }

    private void Satisfy(PresentPackage owner, RelationGroup group, bool isRequired, bool deferChoices)
    {
        foreach (var alternative in group.Alternatives)
        {
            if (_present.Satisfying(alternative) is { } present)
            {
                if (present.IsInstalled && isRequired)
                {
                    _uses.Add(group.ToString());
                }

                return;
            }
        }

        if (deferChoices && group.Alternatives.Count > 1)
        {
            _choices.Enqueue((owner, group, isRequired));
            return;
        }

        foreach (var alternative in group.Alternatives)
        {
            // A package of the name goes before those that provide it.
            var named = Installable(Candidates(alternative));
            var options = named.Count > 0 ? named[..1] : Installable(Providers(alternative));
            if (options.Count > 1 && deferChoices)
            {
                _choices.Enqueue((owner, group, isRequired));
                return;
            }

            if (options.Count > 0)
            {
                Choose(options[0], owner, alternative.ToString());
                return;
            }
        }

        if (isRequired)
        {
            throw Unsatisfiable(owner, group);
        }
    }

    private void Choose(BinaryPackage package, PresentPackage? parent, string reason)
    {
        var chosen = new PresentPackage(package.Name, package.Version, package.Provides, package.IsMultiArchAllowed)
        {
            Package = package,
            Parent = parent,
            Reason = reason,
        };
        _present.Add(chosen);
        _pending.Enqueue(chosen);
    }

    private IEnumerable<BinaryPackage> Named(string name) => _indexes.SelectMany(index => index.Named(name));

    /// <summary>The packages of the relation's name that fit, newest first; ties are in the order of the indexes.</summary>
    private IEnumerable<BinaryPackage> Candidates(Relation relation) =>
        Named(relation.Name)
            .Where(package => relation.Accepts(package.Version)
                && PackageSet.Fits(relation, package.IsMultiArchAllowed, _architecture)
                && IsAccepted(package))
            .OrderByDescending(package => package.Version);

    /// <summary>The packages that provide what the relation names: the most important first, then by name; the newest of each.</summary>
    private List<BinaryPackage> Providers(Relation relation) =>
    [
        .. _indexes.SelectMany(index => index.Providing(relation.Name))
            .Where(package => package.Name != relation.Name && IsAccepted(package)
                && package.Provides.Any(provided => provided.Name == relation.Name && PackageSet.IsProvided(relation, provided)))
            .OrderBy(package => package.Priority)
            .ThenBy(package => package.Name, StringComparer.Ordinal)
            .ThenByDescending(package => package.Version)
            .DistinctBy(package => package.Name),
    ];

    private bool IsAccepted(BinaryPackage package) =>
        !_required.TryGetValue(package.Name, out var requirement) || requirement.Accepts(package.Version);

    /// <summary>Those that can be added to what is there, and whose own dependencies exist.</summary>
    private List<BinaryPackage> Installable(IEnumerable<BinaryPackage> packages) =>
    [
        .. packages.Where(package =>
            !_present.TryGet(package.Name, out _)
            && FirstConflict(package) is null
            && package.Depends.All(group => group.Alternatives.Any(Exists))),
    ];

    private bool Exists(Relation relation) =>
        _present.Satisfying(relation) is not null || Candidates(relation).Any() || Providers(relation).Count > 0;

    /// <summary>The package that is there and that this one, or that itself, excludes.</summary>
    private PresentPackage? FirstConflict(BinaryPackage package)
    {
        foreach (var conflict in package.Conflicts)
        {
            if (_present.Matching(conflict.Alternatives[0]).FirstOrDefault(other => other.Name != package.Name) is { } excluded)
            {
                return excluded;
            }
        }

        foreach (var present in _present.All)
        {
            if (present.Package is { } other && other.Name != package.Name && other.Conflicts.Any(conflict => Names(conflict.Alternatives[0], package)))
            {
                return present;
            }
        }

        return null;
    }

    private static bool Names(Relation conflict, BinaryPackage package) =>
        conflict.Name == package.Name
            ? conflict.Accepts(package.Version)
            : package.Provides.Any(provided => provided.Name == conflict.Name && PackageSet.IsProvided(conflict, provided));

    private void CheckConflicts()
    {
        foreach (var package in _present.All.Where(package => !package.IsInstalled).OrderBy(package => package.Name, StringComparer.Ordinal))
        {
            foreach (var conflict in package.Package!.Conflicts)
            {
                var relation = conflict.Alternatives[0];
                if (_present.Matching(relation).FirstOrDefault(other => other.Name != package.Name) is { } other)
                {
                    throw Fail(
                        PackageDiagnostics.Conflict,
                        $"{package.Chain}: {package.Package} excludes '{relation}', but {other.Name} {other.Version} is needed too: {other.Chain}.", Root(package));
                }
            }
        }
    }

    private DiagnosticException Unsatisfiable(PresentPackage owner, RelationGroup group)
    {
        var chain = $"{owner.Chain} → {group}";
        foreach (var relation in group.Alternatives)
        {
            if (_present.TryGet(relation.Name, out var present))
            {
                return present.IsInstalled
                    ? Fail(PackageDiagnostics.InstalledVersion, $"{chain}: the base has {present.Name} {present.Version}, which an extension cannot replace.", Root(owner))
                    : Fail(PackageDiagnostics.Conflict, $"{chain}: {present.Name} {present.Version} is needed too: {present.Chain}.", Root(owner));
            }

            foreach (var candidate in Candidates(relation).Concat(Providers(relation)))
            {
                if (FirstConflict(candidate) is { } other)
                {
                    return Fail(PackageDiagnostics.Conflict, $"{chain}: {candidate} and {other.Name} {other.Version} exclude each other; the other is needed too: {other.Chain}.", Root(owner));
                }

                if (candidate.Depends.FirstOrDefault(needed => !needed.Alternatives.Any(Exists)) is { } missing)
                {
                    return Missing($"{chain} → {missing}", missing, owner);
                }
            }
        }

        return Missing(chain, group, owner);
    }

    private DiagnosticException Missing(string chain, RelationGroup group, PresentPackage owner)
    {
        var versions = group.Alternatives.SelectMany(relation => Named(relation.Name)).Select(package => package.ToString()).ToArray();
        var has = versions.Length > 0 ? $", which has {string.Join(", ", versions)}" : string.Empty;
        return Fail(PackageDiagnostics.NotFound, $"{chain}: not in {_repository}{has}.", Root(owner));
    }

    private static string? Root(PresentPackage package)
    {
        while (package.Parent is { } parent)
        {
            package = parent;
        }

        return package.IsInstalled ? null : package.Reason.Split(' ', ':')[0];
    }

    private static DiagnosticException Fail(DiagnosticDescriptor descriptor, string message, string? item) =>
        new(descriptor.Create(message, item));
}
