using System.Text.Json.Serialization;
using Compose.Packages.Debian;
using NuGet.Versioning;

namespace Compose.Packages.Locking;

/// <summary>What is other in one lock file than in another.</summary>
/// <param name="Kind">What sort of input: <c>package</c>, <c>archive</c> and so on.</param>
/// <param name="Group">The group of packages, or the application whose NuGet package it is; null for other inputs.</param>
/// <param name="Name">The input's name.</param>
/// <param name="Old">Its version, or what tells it otherwise; null when it is new.</param>
/// <param name="New">The same now; null when it is gone.</param>
/// <param name="Repository">The suite that has the new package; null for other inputs.</param>
public sealed record LockFileChange(string Kind, string? Group, string Name, string? Old, string? New, string? Repository = null)
{
    private const string PackageKind = "package";
    private const string NuGetKind = "NuGet package";

    /// <summary>How many digits of a digest are enough to tell two apart.</summary>
    private const int ShortDigest = 12;

    /// <summary>Whether the input has a lower version now, as on a mirror that lags behind, or after a release was withdrawn.</summary>
    [JsonIgnore]
    public bool IsOlder => Kind == PackageKind
        ? DebianVersion.TryParse(Old, out var old) && DebianVersion.TryParse(New, out var current) && current < old
        : NuGetVersion.TryParse(Old, out var oldNumber) && NuGetVersion.TryParse(New, out var currentNumber) && currentNumber < oldNumber;

    /// <summary>One line: <c>libc6 2.41-12 → 2.41-13 (system, trixie-security)</c>.</summary>
    public override string ToString()
    {
        var notes = string.Join(", ", new[] { Kind == PackageKind ? null : Kind, Group, Repository, IsOlder ? "older" : null }.Where(note => note is not null));
        return $"{Name} {(Old, New) switch
        {
            (null, _) => $"{New} is added",
            (_, null) => $"{Old} is removed",
            _ => $"{Old} → {New}",
        }}{(notes.Length == 0 ? string.Empty : $" ({notes})")}";
    }

    /// <summary>Compares two lock files.</summary>
    /// <returns>The changes: packages by group and name, then other inputs by name, at last packages of applications.</returns>
    public static IReadOnlyList<LockFileChange> Between(LockFile old, LockFile current)
    {
        var changes = new List<LockFileChange>();
        foreach (var group in old.Groups.Keys.Union(current.Groups.Keys).Order(StringComparer.Ordinal))
        {
            changes.AddRange(Compare(
                PackageKind, group, old.PackagesOf(group), current.PackagesOf(group),
                package => package.Name, package => package.Version, package => package.Sha256, current.RepositoryOf));
        }

        changes.AddRange(Compare(
            "archive", null, old.Archives ?? [], current.Archives ?? [],
            archive => archive.Name, archive => archive.Version ?? archive.Digest.ToString()[..ShortDigest], archive => archive.Sha256, _ => null));
        changes.AddRange(Compare(
            "image", null, old.Images ?? [], current.Images ?? [],
            image => image.Tag is null ? $"{image.Name} {image.Platform}" : $"{image.Name} {image.Tag} {image.Platform}",
            image => image.Version ?? image.Manifest.Sha256.ToString()[..ShortDigest], image => image.Manifest.Sha256.ToString(), _ => null));
        changes.AddRange(Compare(
            NuGetKind, null, old.NuGetPackages ?? [], current.NuGetPackages ?? [],
            package => package.Name, package => package.Version, package => package.Sha256, _ => null));
        foreach (var project in Projects(old).Union(Projects(current)).Order(StringComparer.Ordinal))
        {
            changes.AddRange(Compare(
                NuGetKind, project, PackagesOf(old, project), PackagesOf(current, project),
                package => package.Name, package => package.Version, package => $"{package.Sha512 ?? "without hash"} {package.Version}", _ => null));
        }

        return changes;
    }

    /// <summary>Several lines, one a change, indented; empty when there is none.</summary>
    public static string Describe(IEnumerable<LockFileChange> changes) => string.Concat(changes.Select(change => $"\n    {change}"));

    private static IEnumerable<string> Projects(LockFile file) => (file.Applications ?? []).Select(application => application.Project);

    private static IReadOnlyList<LockedApplicationPackage> PackagesOf(LockFile file, string project) =>
        file.Applications?.FirstOrDefault(application => application.Project == project)?.Packages ?? [];

    private static IEnumerable<LockFileChange> Compare<T>(
        string kind,
        string? group,
        IEnumerable<T> old,
        IEnumerable<T> current,
        Func<T, string> name,
        Func<T, string> version,
        Func<T, string> identity,
        Func<T, string?> repository)
        where T : class
    {
        var before = old.GroupBy(name, StringComparer.Ordinal).ToDictionary(items => items.Key, items => items.First(), StringComparer.Ordinal);
        var now = current.GroupBy(name, StringComparer.Ordinal).ToDictionary(items => items.Key, items => items.First(), StringComparer.Ordinal);
        foreach (var key in before.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
        {
            var was = before.GetValueOrDefault(key);
            var becomes = now.GetValueOrDefault(key);
            if (was is null || becomes is null || identity(was) != identity(becomes))
            {
                // Other bytes under the same version are worth a look, so they are told apart.
                var isSame = was is not null && becomes is not null && version(was) == version(becomes);
                yield return new LockFileChange(
                    kind, group, key, Text(was, isSame), Text(becomes, isSame), becomes is null ? null : repository(becomes));
            }
        }

        string? Text(T? item, bool isSame) => item is null ? null : isSame ? $"{version(item)} ({identity(item)[..ShortDigest]})" : version(item);
    }
}
