using Compose.Packages.Debian;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Locking;

/// <summary>Compares the packages of a lock file with those that a project asks for.</summary>
internal static class PackageDifferences
{
    /// <summary>What makes them unfit for the project; nothing when they fit.</summary>
    /// <exception cref="DiagnosticException">A referenced lock file is missing or cannot be read.</exception>
    public static IReadOnlyList<string> Of(LockFile file, InputRequests requests)
    {
        var differences = new List<string>();
        var groups = requests.Groups;
        if (groups.Count > 0 && requests.Repositories is [var repository, ..])
        {
            DebianRepository[] locked = [.. (file.Repositories ?? []).Select(other => other.ToRepository())];
            if (locked.Length == 0)
            {
                differences.Add($"the repository {Describe(requests.Repositories)} is new");
            }
            else if (!locked.SequenceEqual(requests.Repositories))
            {
                differences.Add($"the repository was {Describe(locked)}, is {Describe(requests.Repositories)}");
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
        }

        differences.AddRange(file.Groups.Keys.Except(groups.Select(group => group.Name)).Select(name => $"the group '{name}' is gone"));
        return differences;
    }

    private static string Describe(IEnumerable<DebianRepository> repositories) => string.Join(" and ", repositories);

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

    /// <summary>Requests and packages stand apart in the file: a merge may take each from another side.</summary>
    private static bool IsLocked(LockedGroup locked, PackageRequest request) => locked.Packages.Any(package =>
        package.Name == request.Name
            ? VersionRequirement.Of(request).Accepts(DebianVersion.Parse(package.Version))
            : (package.Provides ?? []).Any(provided => provided.Split(' ', ':')[0] == request.Name));
}
