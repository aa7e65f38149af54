using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>What is said of several files.</summary>
/// <param name="Before">The text before their list.</param>
/// <param name="After">The text behind it.</param>
internal readonly record struct Cause(string Before, string After = ".");

/// <summary>
/// Findings of one kind and cause are one diagnostic that names the files, by the item that they come from: a package for
/// another release of the base would give hundreds.
/// </summary>
internal sealed class FindingGroups(CheckedExtension extension)
{
    private const int Shown = 10;

    private readonly Dictionary<(string Code, DiagnosticSeverity Severity, string? Item, Cause Cause), Group> _groups = [];

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
        var key = (descriptor.Code, descriptor.Severity, item, cause);
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new Group(descriptor, item, cause));
        }

        if (!group.Files.TryGetValue(path, out var file))
        {
            group.Files.Add(path, file = new FoundFile(entry));
        }

        file.Texts.TryAdd(subject, text);
    }

    /// <summary>Reports all findings in the order of the first path of each.</summary>
    public void Report(IDiagnosticReporter reporter)
    {
        foreach (var group in _groups.Values.OrderBy(group => group.Files.Keys.First()).ThenBy(group => group.Descriptor.Code, StringComparer.Ordinal))
        {
            var (path, first) = group.Files.First();
            reporter.Report(group.Descriptor.Create($"{group.Cause.Before}{List(group)}{group.Cause.After}", group.Item) with
            {
                Path = $"/{path}",
                SourceFile = group.Item is null && first.Entry is FileEntry { Content: HostFileContent file } ? file.Path : null,
            });
        }
    }

    private static string List(Group group)
    {
        var shown = string.Join("; ", group.Files.Values.Take(Shown).Select(file => string.Join("; ", file.Texts.Values.Take(Shown))));
        return group.Files.Count > Shown ? $"{shown}; and {group.Files.Count - Shown} more" : shown;
    }

    private sealed record Group(DiagnosticDescriptor Descriptor, string? Item, Cause Cause)
    {
        public SortedDictionary<TreePath, FoundFile> Files { get; } = [];
    }

    private sealed record FoundFile(TreeEntry Entry)
    {
        public SortedDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);
    }
}
