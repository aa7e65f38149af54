using System.Buffers;
using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Fat;

/// <summary>Gives every directory and file of a tree its names and clusters.</summary>
internal sealed class FatLayout
{
    /// <summary>The largest directory in bytes (Microsoft's specification): 65 536 entries.</summary>
    private const int MaximumDirectorySize = 65536 * FatDirectory.EntrySize;

    private const int MaximumNameLength = 255;
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\"*:<>?\\|");
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly FatGeometry _geometry;
    private long _nextCluster = FatGeometry.FirstCluster;

    private FatLayout(FatGeometry geometry) => _geometry = geometry;

    /// <summary>The nodes in the order of their clusters, the root first.</summary>
    public List<FatNode> Nodes { get; } = [];

    /// <summary>The clusters in use.</summary>
    public long UsedClusters => _nextCluster - FatGeometry.FirstCluster;

    /// <summary>Lays out a tree.</summary>
    /// <exception cref="DiagnosticException">COMPOSE4201, COMPOSE4202.</exception>
    public static FatLayout Of(FileTree tree, FatGeometry geometry, bool hasLabel)
    {
        var layout = new FatLayout(geometry);
        layout.Build(tree);
        foreach (var node in layout.Nodes)
        {
            layout.Allocate(node, hasLabel);
        }

        if (layout.UsedClusters > geometry.Clusters)
        {
            var needed = ((layout.UsedClusters - geometry.Clusters) * geometry.ClusterSize) + (geometry.Sectors * (long)FatGeometry.SectorSize);
            throw new DiagnosticException(FormatDiagnostics.VolumeTooSmall.Create(string.Create(
                CultureInfo.InvariantCulture,
                $"The files need {layout.UsedClusters * geometry.ClusterSize} bytes, and the FAT volume has room for {geometry.Clusters * geometry.ClusterSize}. Make it at least {(needed >> 20) + 2} MiB, or put less on it.")));
        }

        return layout;
    }

    private static FatNode NodeFor(TreeItem item)
    {
        var name = item.Path.IsRoot ? string.Empty : NameOf(item.Path);
        return item.Entry switch
        {
            DirectoryEntry => new FatNode(name, content: null),
            FileEntry { Content.Length: > uint.MaxValue } => throw Refuse(item.Path, "it is not smaller than 4 GiB"),
            FileEntry file => new FatNode(name, file.Content),
            _ => throw Refuse(item.Path, "FAT holds only directories and regular files"),
        };
    }

    private static string NameOf(TreePath path)
    {
        string name;
        try
        {
            name = StrictUtf8.GetString(path.Name);
        }
        catch (DecoderFallbackException)
        {
            throw Refuse(path, "its name is not UTF-8");
        }

        if (name.Length > MaximumNameLength)
        {
            throw Refuse(path, $"its name has more than {MaximumNameLength} characters");
        }

        return name.AsSpan().ContainsAny(Forbidden) || name.Any(char.IsControl) || name[^1] is '.' or ' '
            ? throw Refuse(path, "its name has a character that FAT does not allow, or ends with a dot or a space")
            : name;
    }

    private static void NameChildren(FatNode directory, TreePath path)
    {
        var shortNames = new FatShortNames();
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var child in directory.Children)
        {
            if (!names.TryAdd(child.Name, child.Name))
            {
                throw Refuse(path.Child(child.Name), $"FAT does not tell it from '{names[child.Name]}'");
            }

            child.HasShortNameOnly = FatShortNames.IsShort(child.Name);
            if (child.HasShortNameOnly)
            {
                child.ShortName = shortNames.Take(child.Name);
            }
        }

        foreach (var child in directory.Children.Where(child => !child.HasShortNameOnly))
        {
            child.ShortName = shortNames.Make(child.Name);
        }
    }

    private static DiagnosticException Refuse(TreePath path, string reason) =>
        new(FormatDiagnostics.NotForFat.Create($"'/{path}' cannot be on a FAT volume: {reason}.", path.ToString()));

    private void Build(FileTree tree)
    {
        var directories = new Stack<(TreePath Path, FatNode Node)>();
        foreach (var item in tree.Items)
        {
            var node = NodeFor(item);
            Nodes.Add(node);
            while (directories.TryPeek(out var top) && !item.Path.IsWithin(top.Path))
            {
                NameChildren(top.Node, top.Path);
                directories.Pop();
            }

            if (directories.TryPeek(out var parent))
            {
                parent.Node.Children.Add(node);
            }

            if (node.IsDirectory)
            {
                directories.Push((item.Path, node));
            }
        }

        foreach (var (path, node) in directories)
        {
            NameChildren(node, path);
        }
    }

    private void Allocate(FatNode node, bool hasLabel)
    {
        var isRoot = Nodes[0] == node;
        var length = node.Content?.Length ?? FatDirectory.Length(node, isRoot, hasLabel);
        if (node.IsDirectory && length > MaximumDirectorySize)
        {
            throw new DiagnosticException(FormatDiagnostics.NotForFat.Create(
                $"The directory '{node.Name}' cannot be on a FAT volume: it has too many files."));
        }

        node.ClusterCount = (uint)((length + _geometry.ClusterSize - 1) / _geometry.ClusterSize);
        node.FirstCluster = node.ClusterCount == 0 ? 0 : (uint)_nextCluster;
        _nextCluster += node.ClusterCount;
    }
}
