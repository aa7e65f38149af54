using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>What is said of several files.</summary>
/// <param name="Before">The text before their list.</param>
/// <param name="After">The text behind it.</param>
internal sealed record Cause(string Before, string After = ".");

/// <summary>
/// Findings of one kind and cause are one diagnostic that names the files, by the item that they come from: a package for
/// another release of the base would give hundreds.
/// </summary>
internal sealed class FindingGroups(CheckedExtension extension)
{
    private const int Shown = 10;

    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);

    /// <summary>Adds a file to the findings of its kind.</summary>
    /// <param name="descriptor">The kind.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="entry">The file.</param>
    /// <param name="text">What is said of the file; its path alone is in most cases enough.</param>
    /// <param name="cause">What is said of all files.</param>
    /// <param name="subject">What the file lacks; what was said of it once is not said again.</param>
    public void Add(DiagnosticDescriptor descriptor, TreePath path, TreeEntry entry, string text, Cause cause, string subject = "")
    {
        var item = extension.Origins.ItemOf(entry);
        var key = $"{descriptor.Code}\n{descriptor.Severity}\n{item}\n{cause.Before}\n{cause.After}";
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new Group(descriptor, item, cause));
        }

        var name = ElfName.Of(path);
        if (!group.Files.TryGetValue(name, out var file))
        {
            group.Files.Add(name, file = new FoundFile(path, entry));
        }

        file.Texts.TryAdd(subject, text);
    }

    /// <summary>Reports all findings in the order of the first path of each.</summary>
    public void Report(IDiagnosticReporter reporter)
    {
        var found = _groups.Values.Select(group => (Group: group, Files: group.SortedFiles())).ToArray();
        Array.Sort(found, (left, right) =>
            left.Files[0].Path.CompareTo(right.Files[0].Path) is not 0 and var order
                ? order
                : string.CompareOrdinal(left.Group.Descriptor.Code + left.Group.Cause, right.Group.Descriptor.Code + right.Group.Cause));
        foreach (var (group, files) in found)
        {
            reporter.Report(group.Descriptor.Create($"{group.Cause.Before}{List(files)}{group.Cause.After}", group.Item) with
            {
                Path = $"/{files[0].Path}",
                SourceFile = group.Item is null && files[0].Entry is FileEntry { Content: HostFileContent file } ? file.Path : null,
            });
        }
    }

    private static string List(FoundFile[] files)
    {
        var shown = string.Join("; ", files.Take(Shown).Select(file => string.Join("; ", file.Texts.Values.Take(Shown))));
        return files.Length > Shown ? $"{shown}; and {files.Length - Shown} more" : shown;
    }

    private sealed record Group(DiagnosticDescriptor Descriptor, string? Item, Cause Cause)
    {
        public Dictionary<string, FoundFile> Files { get; } = new(StringComparer.Ordinal);

        public FoundFile[] SortedFiles()
        {
            FoundFile[] files = [.. Files.Values];
            Array.Sort(files, (left, right) => left.Path.CompareTo(right.Path));
            return files;
        }
    }

    private sealed record FoundFile(TreePath Path, TreeEntry Entry)
    {
        public SortedDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);
    }
}
