using Compose.FileTrees;
using Compose.Images.Artifacts.Inspection;
using Compose.Images.Units;

namespace Compose.Images.Artifacts.Comparison;

/// <summary>Finds what is different between two artifacts, of the same kind or not.</summary>
public static class ArtifactComparer
{
    private const string Added = "added";
    private const string Removed = "removed";
    private const string Changed = "changed";
    private const string Moved = "moved";

    /// <summary>Compares two artifacts. Contents of the same size are read.</summary>
    /// <param name="old">The old one.</param>
    /// <param name="new">The new one.</param>
    /// <param name="progress">Told of the bytes read; on any thread.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">One of them is damaged.</exception>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static ArtifactDifference Compare(
        Artifact old, Artifact @new, IProgress<ArtifactProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(@new);
        var (oldTree, newTree) = (old.Combine(), @new.Combine());
        var digests = new ContentDigests(progress, cancellationToken);
        var differences = TreeComparison.Compare(oldTree, newTree, digests);
        var libraries = LibraryComparison.Of(differences, cancellationToken);
        var (oldFolders, newFolders) = (FolderSizes(oldTree), FolderSizes(newTree));
        var packages = Packages(PackageLists.Find(old).Packages, PackageLists.Find(@new).Packages);
        return new ArtifactDifference(
            TreeText.Printable(old.Path),
            TreeText.Printable(@new.Path),
            differences.Count == 0 && packages.Count == 0,
            new SizeChange(old.Size, @new.Size),
            new SizeChange(oldFolders.Values.Sum(), newFolders.Values.Sum()),
            Folders(oldFolders, newFolders),
            [.. differences.Select(difference => Describe(difference, digests))],
            packages,
            libraries.Changes(),
            libraries.Sonames(lost: false),
            libraries.Sonames(lost: true),
            Units(oldTree, newTree, differences),
            [.. Releases(oldTree, newTree, old.Stem, @new.Stem)]);
    }

    private static FileChange Describe(TreeDifference difference, ContentDigests digests)
    {
        var (path, old, @new) = (difference.Path, difference.Old, difference.New);
        return new FileChange(
            difference.MovedFrom is not null ? Moved : old is null ? Added : @new is null ? Removed : Changed,
            $"/{path}",
            difference.MovedFrom is { } from ? $"/{from}" : null,
            old is null || @new is null ? [] : [.. TreeComparison.Differences(old, @new, digests)],
            old is null ? null : EntryDescription.Describe(old, digests),
            @new is null ? null : EntryDescription.Describe(@new, digests));
    }

    private static SortedDictionary<string, long> FolderSizes(FileTree tree)
    {
        var sizes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var seen = new HashSet<TreeEntry>(ReferenceEqualityComparer.Instance);
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is FileEntry file && seen.Add(file))
            {
                var folder = path.Parent;
                while (folder.Depth > 2)
                {
                    folder = folder.Parent;
                }

                var name = $"/{folder}";
                sizes[name] = sizes.GetValueOrDefault(name) + file.Content.Length;
            }
        }

        return sizes;
    }

    private static List<FolderChange> Folders(SortedDictionary<string, long> old, SortedDictionary<string, long> @new) =>
    [
        .. old.Keys.Union(@new.Keys).Order(StringComparer.Ordinal)
            .Select(path => new FolderChange(path, old.GetValueOrDefault(path), @new.GetValueOrDefault(path)))
            .Where(folder => folder.Old != folder.New),
    ];

    private static List<PackageChange> Packages(IReadOnlyList<PackageFacts> old, IReadOnlyList<PackageFacts> @new)
    {
        var (before, after) = (ByName(old), ByName(@new));
        return
        [
            .. before.Keys.Union(after.Keys)
                .OrderBy(key => key.Owner, StringComparer.Ordinal)
                .ThenBy(key => key.Name, StringComparer.Ordinal)
                .ThenBy(key => key.Architecture, StringComparer.Ordinal)
                .Select(key => new PackageChange(key.Owner, key.Name, key.Architecture, before.GetValueOrDefault(key), after.GetValueOrDefault(key)))
                .Where(change => change.Old != change.New),
        ];

        static Dictionary<(string Owner, string Name, string Architecture), string> ByName(IReadOnlyList<PackageFacts> packages)
        {
            var byName = new Dictionary<(string, string, string), string>();
            foreach (var package in packages)
            {
                byName[(package.Owner, package.Name, package.Architecture)] = package.Version;
            }

            return byName;
        }
    }

    private static List<UnitChange> Units(FileTree oldTree, FileTree newTree, IReadOnlyList<TreeDifference> differences)
    {
        var old = UnitFacts.Of(oldTree).ToDictionary(unit => unit.Name);
        var @new = UnitFacts.Of(newTree).ToDictionary(unit => unit.Name);
        var touched = differences
            .Where(difference => UnitFolders.System.Contains(difference.Path.Parent))
            .Select(difference => TreePath.Describe(difference.Path.Name))
            .ToHashSet(StringComparer.Ordinal);
        var changes = new List<UnitChange>();
        foreach (var name in old.Keys.Union(@new.Keys).Order(StringComparer.Ordinal))
        {
            var (before, after) = (old.GetValueOrDefault(name), @new.GetValueOrDefault(name));
            string[] gained = [.. (after?.UpheldBy ?? []).Except(before?.UpheldBy ?? [])];
            string[] lost = [.. (before?.UpheldBy ?? []).Except(after?.UpheldBy ?? [])];
            var (was, isNow) = (before is { IsPresent: true }, after is { IsPresent: true });
            if (was != isNow || gained.Length > 0 || lost.Length > 0 || (was && touched.Contains(name)))
            {
                changes.Add(new UnitChange(was == isNow ? Changed : was ? Removed : Added, name, gained, lost));
            }
        }

        return changes;
    }

    private static IEnumerable<ReleaseChange> Releases(FileTree oldTree, FileTree newTree, string oldStem, string newStem)
    {
        var old = ReleaseFiles(oldTree, oldStem);
        var @new = ReleaseFiles(newTree, newStem);
        foreach (var file in old.Keys.Union(@new.Keys).Order(StringComparer.Ordinal))
        {
            var (before, after) = (old.GetValueOrDefault(file), @new.GetValueOrDefault(file));
            foreach (var name in (before?.Keys ?? []).Union(after?.Keys ?? []))
            {
                var (value, newValue) = (before?.GetValueOrDefault(name), after?.GetValueOrDefault(name));
                if (value != newValue)
                {
                    yield return new ReleaseChange(file, name, value, newValue);
                }
            }
        }
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> ReleaseFiles(FileTree tree, string stem)
    {
        var files = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var extension in ExtensionFacts.Of(tree, stem))
        {
            files[$"extension-release.{extension.Name}"] = extension.Variables;
        }

        if (ReleaseVariables.OfSystem(tree) is { } variables)
        {
            files["os-release"] = variables;
        }

        return files;
    }
}
