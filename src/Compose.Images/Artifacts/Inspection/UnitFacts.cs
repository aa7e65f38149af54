using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>A unit of systemd.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsPresent">Whether the tree holds it; it may only be upheld, and be another tree's.</param>
/// <param name="UpheldBy">The units that start it and keep it started (systemd.unit(5), <c>Upholds=</c>), sorted.</param>
public sealed record UnitFacts(string Name, bool IsPresent, IReadOnlyList<string> UpheldBy)
{
    private static readonly string[] Suffixes =
    [
        ".automount", ".device", ".mount", ".path", ".scope", ".service", ".slice", ".socket", ".swap", ".target", ".timer",
    ];

    /// <summary>Where units are; what stands in an earlier directory hides what is in a later one.</summary>
    internal static IReadOnlyList<TreePath> Directories { get; } = [TreePath.Parse("etc/systemd/system"), TreePath.Parse("usr/lib/systemd/system")];

    /// <summary>Finds the units of a tree.</summary>
    public static IReadOnlyList<UnitFacts> Of(FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var present = new HashSet<string>(StringComparer.Ordinal);
        var upholders = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var directory in Directories)
        {
            foreach (var (path, entry) in tree.Children(directory))
            {
                var name = TreePath.Describe(path.Name);
                if (entry is DirectoryEntry)
                {
                    ReadDirectory(tree, path, name, upholders);
                }
                else if (IsUnit(name))
                {
                    present.Add(name);
                    if (entry is FileEntry file)
                    {
                        AddUpholds(upholders, name, TreeText.Read(file));
                    }
                }
            }
        }

        return [.. present.Union(upholders.Keys).Order(StringComparer.Ordinal).Select(name =>
            new UnitFacts(name, present.Contains(name), upholders.TryGetValue(name, out var by) ? [.. by] : []))];
    }

    private static bool IsUnit(string name) => Suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>Reads drop-ins (<c>NAME.d</c>) and links (<c>NAME.upholds</c>).</summary>
    private static void ReadDirectory(FileTree tree, TreePath path, string name, SortedDictionary<string, SortedSet<string>> upholders)
    {
        const string dropIns = ".d";
        const string links = ".upholds";
        foreach (var (child, entry) in tree.Children(path))
        {
            var file = TreePath.Describe(child.Name);
            if (name.EndsWith(dropIns, StringComparison.Ordinal) && IsUnit(name[..^dropIns.Length]) && entry is FileEntry dropIn
                && file.EndsWith(".conf", StringComparison.Ordinal))
            {
                AddUpholds(upholders, name[..^dropIns.Length], TreeText.Read(dropIn));
            }
            else if (name.EndsWith(links, StringComparison.Ordinal) && entry is SymlinkEntry && IsUnit(file))
            {
                Add(upholders, file, name[..^links.Length]);
            }
        }
    }

    private static void AddUpholds(SortedDictionary<string, SortedSet<string>> upholders, string unit, string text)
    {
        const string key = "Upholds";
        var isUnitSection = false;

        // A backslash at a line's end joins it with the next.
        foreach (var raw in text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith('['))
            {
                isUnitSection = line == "[Unit]";
            }
            else if (isUnitSection && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && line[..equals].TrimEnd() == key)
            {
                foreach (var name in line[(equals + 1)..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                {
                    Add(upholders, TreePath.Describe(Encoding.UTF8.GetBytes(name)), unit);
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
