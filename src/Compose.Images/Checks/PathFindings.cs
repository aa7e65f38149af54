using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Trees;

namespace Compose.Images.Checks;

/// <summary>Paths with one kind of mistake, so that each item of the project gets one finding with a list of them.</summary>
/// <param name="origins">Where entries come from.</param>
internal sealed class PathFindings(ContentOrigins origins)
{
    /// <summary>As many paths as a message names.</summary>
    private const int Shown = 10;

    private readonly Dictionary<(string Item, ItemTraits? Traits), Group> _groups = [];
    private readonly List<Group> _order = [];

    /// <summary>Notes a path.</summary>
    /// <param name="item">The path and what stands there.</param>
    /// <param name="detail">What is said of it, in parentheses.</param>
    /// <param name="line">The line of the file that has the mistake, from 1; 0 for the whole file.</param>
    public void Add(TreeItem item, string? detail = null, int line = 0)
    {
        var key = (origins.ItemOf(item.Entry) ?? "", origins.TraitsOf(item.Entry));
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new Group(item, line, key.Item1.Length == 0 ? null : key.Item1, key.Item2));
            _order.Add(group);
        }

        if (++group.Count <= Shown)
        {
            group.Texts.Add(detail is null ? $"'/{item.Path}'" : $"'/{item.Path}' ({detail})");
        }
    }

    /// <summary>
    /// Reports a finding for each item, in the order of their first paths. Its path is the first one; its place is the item's,
    /// or the first path's file on the build host.
    /// </summary>
    /// <param name="reporter">Takes the findings.</param>
    /// <param name="descriptor">Their kind.</param>
    /// <param name="message">Makes the message of the list of paths.</param>
    public void Report(IDiagnosticReporter reporter, DiagnosticDescriptor descriptor, Func<string, string> message)
    {
        foreach (var group in _order)
        {
            var rest = group.Count > Shown ? $" and {group.Count - Shown} more" : "";
            reporter.Report(descriptor.Create(message(string.Join(", ", group.Texts) + rest), group.Item, group.Traits) with
            {
                Path = $"/{group.First.Path}",
                SourceFile = group.SourceFile,
                SourceLine = group.SourceFile is null ? 0 : group.Line,
            });
        }
    }

    private sealed class Group(TreeItem first, int line, string? item, ItemTraits? traits)
    {
        public TreeItem First { get; } = first;

        public int Line { get; } = line;

        public string? Item { get; } = item;

        public ItemTraits? Traits { get; } = traits;

        /// <summary>The first path's file on the build host, where no item stands for it: one below <c>files/</c>.</summary>
        public string? SourceFile => Item is null && First.Entry is FileEntry { Content: HostFileContent file } ? file.Path : null;

        public int Count { get; set; }

        public List<string> Texts { get; } = [];
    }
}
