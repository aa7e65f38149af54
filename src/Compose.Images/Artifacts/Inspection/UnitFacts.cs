using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>A unit of systemd.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsPresent">Whether the tree holds it; it may only be upheld, and be another tree's.</param>
/// <param name="UpheldBy">The units that start it and keep it started (systemd.unit(5), <c>Upholds=</c>), sorted.</param>
public sealed record UnitFacts(string Name, bool IsPresent, IReadOnlyList<string> UpheldBy)
{
    /// <summary>Finds the units of a tree.</summary>
    public static IReadOnlyList<UnitFacts> Of(FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var present = new HashSet<string>(StringComparer.Ordinal);
        var upholders = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var directory in UnitFolders.System)
        {
            foreach (var (path, entry) in tree.Children(directory))
            {
                var name = TreePath.Describe(path.Name);
                if (entry is DirectoryEntry)
                {
                    ReadDirectory(tree, path, name, upholders);
                }
                else if (UnitName.HasSuffix(name))
                {
                    present.Add(name);
                    if (entry is FileEntry file)
                    {
                        AddUpholds(upholders, name, file);
                    }
                }
            }
        }

        return [.. present.Union(upholders.Keys).Order(StringComparer.Ordinal).Select(name =>
            new UnitFacts(name, present.Contains(name), upholders.TryGetValue(name, out var by) ? [.. by] : []))];
    }

    /// <summary>Reads drop-ins (<c>NAME.d</c>) and links (<c>NAME.upholds</c>).</summary>
    private static void ReadDirectory(FileTree tree, TreePath path, string name, SortedDictionary<string, SortedSet<string>> upholders)
    {
        const string dropIns = ".d";
        const string links = ".upholds";
        foreach (var (child, entry) in tree.Children(path))
        {
            var file = TreePath.Describe(child.Name);
            if (name.EndsWith(dropIns, StringComparison.Ordinal) && UnitName.HasSuffix(name[..^dropIns.Length]) && entry is FileEntry dropIn
                && file.EndsWith(".conf", StringComparison.Ordinal))
            {
                AddUpholds(upholders, name[..^dropIns.Length], dropIn);
            }
            else if (name.EndsWith(links, StringComparison.Ordinal) && entry is SymlinkEntry && UnitName.HasSuffix(file))
            {
                Add(upholders, file, name[..^links.Length]);
            }
        }
    }

    private static void AddUpholds(SortedDictionary<string, SortedSet<string>> upholders, string unit, FileEntry file)
    {
        foreach (var setting in UnitFile.Parse(TreeText.ReadBytes(file)).Settings)
        {
            if (setting is { Section: "Unit", Name: "Upholds" })
            {
                foreach (var name in UnitWords.OfList(setting.Value))
                {
                    Add(upholders, TreeText.Printable(name), unit);
                }
            }
        }
    }

    private static void Add(SortedDictionary<string, SortedSet<string>> upholders, string unit, string by)
    {
        if (!upholders.TryGetValue(unit, out var names))
        {
            upholders.Add(unit, names = new SortedSet<string>(StringComparer.Ordinal));
        }

        names.Add(by);
    }
}
