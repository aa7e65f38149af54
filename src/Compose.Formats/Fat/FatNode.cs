using Compose.FileTrees;

namespace Compose.Formats.Fat;

/// <summary>A directory or file with its names and its clusters, which follow each other.</summary>
internal sealed class FatNode(string name, FileContent? content)
{
    /// <summary>The long name; empty for the root.</summary>
    public string Name { get; } = name;

    /// <summary>The file's bytes; null for a directory.</summary>
    public FileContent? Content { get; } = content;

    public bool IsDirectory => Content is null;

    /// <summary>What a directory holds, in the order of the tree.</summary>
    public List<FatNode> Children { get; } = [];

    /// <summary>The 8.3 name: 11 characters.</summary>
    public string ShortName { get; set; } = string.Empty;

    /// <summary>Whether the short name is the whole name.</summary>
    public bool HasShortNameOnly { get; set; }

    /// <summary>The first cluster; 0 for an empty file.</summary>
    public uint FirstCluster { get; set; }

    public uint ClusterCount { get; set; }
}
