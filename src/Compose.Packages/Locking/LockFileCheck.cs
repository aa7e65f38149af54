using Compose.Packages.Debian;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Packages.Locking;

/// <summary>Compares a lock file with a project, without a network.</summary>
public static class LockFileCheck
{
    /// <summary>Reads the lock file of a project that must not be restored now.</summary>
    /// <exception cref="DiagnosticException">It is missing, cannot be read, or does not fit the project.</exception>
    public static LockFile Require(string path, DebianRepository repository, IReadOnlyList<PackageGroup> groups)
    {
        var file = LockFile.TryRead(path) ?? throw new DiagnosticException(
            PackageDiagnostics.NoLockFile.Create($"'{path}' is missing. Run 'dotnet restore', which makes it."));
        var differences = Differences(file, repository, groups);
        return differences.Count == 0
            ? file
            : throw new DiagnosticException(PackageDiagnostics.StaleLockFile.Create(
                $"'{path}' does not fit the project: {string.Join("; ", differences)}. Run 'dotnet restore', which updates it."));
    }

    /// <summary>What makes the lock file unfit for the project; nothing when it fits.</summary>
    /// <exception cref="DiagnosticException">A referenced lock file is missing or cannot be read.</exception>
    public static IReadOnlyList<string> Differences(LockFile file, DebianRepository repository, IReadOnlyList<PackageGroup> groups)
    {
        var differences = new List<string>();
        var locked = file.Repository.ToRepository();
        if (locked != repository)
        {
            differences.Add($"the repository was {locked}, is {repository}");
        }

        foreach (var group in groups)
        {
            if (file.Groups.TryGetValue(group.Name, out var lockedGroup))
            {
                Compare(lockedGroup, group, repository.Architecture, differences);
            }
            else
            {
                differences.Add($"the group '{group.Name}' is new");
            }
        }

        differences.AddRange(file.Groups.Keys.Except(groups.Select(group => group.Name)).Select(name => $"the group '{name}' is gone"));
        return differences;
    }

    private static void Compare(LockedGroup locked, PackageGroup group, string architecture, List<string> differences)
    {
        var requests = group.SortedRequests;
        differences.AddRange(requests.Except(locked.Requests).Select(request => $"'{request}' is asked for"));
        differences.AddRange(locked.Requests.Except(requests).Select(request => $"'{request}' is no longer asked for"));
        if (locked.Recommends != group.Recommends)
        {
            differences.Add($"recommended packages are {(group.Recommends ? string.Empty : "no longer ")}wanted");
        }

        var present = new PackageSet(architecture);
        foreach (var package in group.ReadInstalled())
        {
            present.Add(new PresentPackage(package.Name, package.Version, package.Provides, package.IsMultiArchAllowed));
        }

        differences.AddRange(locked.Packages
            .Where(package => present.TryGet(package.Name, out _))
            .Select(package => $"'{package.Name}' is in the base or a referenced extension now"));
        differences.AddRange(locked.Uses
            .Where(use => !RelationParser.Parse(use, architecture).All(relations => relations.Alternatives.Any(relation => present.Satisfying(relation) is not null)))
            .Select(use => $"'{use}' is no longer in the base or a referenced extension"));
        differences.AddRange(requests
            .Where(request => present.TryGet(request.Name, out var installed) && !VersionRequirement.Of(request).Accepts(installed.Version))
            .Select(request => $"'{request}' is not the version in the base"));
        differences.AddRange(requests
            .Where(request => request.Architecture is null or "all" || request.Architecture == architecture)
            .Where(request => !present.TryGet(request.Name, out _) && !IsLocked(locked, request))
            .Select(request => $"'{request}' is not among its packages"));
    }

    private static bool IsLocked(LockedGroup locked, PackageRequest request) => locked.Packages.Any(package =>
        package.Name == request.Name
        || (package.Provides ?? []).Any(provided => provided.Split(' ', ':')[0] == request.Name));
}
