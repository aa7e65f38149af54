namespace Compose.FileTrees;

/// <summary>Collects items in any order and makes a <see cref="FileTree"/>. Not safe for several threads.</summary>
public sealed class FileTreeBuilder
{
    private readonly Dictionary<TreePath, TreeEntry> _entries = [];

    /// <summary>An empty builder.</summary>
    public FileTreeBuilder()
    {
    }

    /// <summary>A builder that starts with the items of a tree.</summary>
    public FileTreeBuilder(FileTree start)
    {
        _entries.EnsureCapacity(start.Count);
        foreach (var item in start.Items)
        {
            _entries[item.Path] = item.Entry;
        }
    }

    /// <summary>What stands at the path so far, or null.</summary>
    public TreeEntry? this[TreePath path] => _entries.GetValueOrDefault(path);

    /// <summary>Puts an entry at a path; what stood there is replaced (what is below it is not).</summary>
    public FileTreeBuilder Set(TreePath path, TreeEntry entry)
    {
        _entries[path] = entry;
        return this;
    }

    /// <inheritdoc cref="Set(TreePath, TreeEntry)"/>
    public FileTreeBuilder Set(string path, TreeEntry entry) => Set(TreePath.Parse(path), entry);

    /// <summary>Puts a root-owned text file with mode 0644 at a path.</summary>
    public FileTreeBuilder SetText(string path, string text) =>
        Set(path, new FileEntry(EntryMetadata.File, new BytesContent(text)));

    /// <summary>Makes <paramref name="path"/> a second name of the inode at <paramref name="existing"/>.</summary>
    /// <exception cref="InvalidFileTreeException">Nothing stands at <paramref name="existing"/>, or a directory.</exception>
    public FileTreeBuilder Link(TreePath path, TreePath existing) =>
        _entries.TryGetValue(existing, out var entry) && entry is not DirectoryEntry
            ? Set(path, entry)
            : throw new InvalidFileTreeException(path, $"it is a hard link to '{existing}', which is not a file in the tree");

    /// <summary>Takes away what stands at the path, not what is below it.</summary>
    public bool Remove(TreePath path) => _entries.Remove(path);

    /// <summary>
    /// Makes the tree. Parents that are missing are made with <see cref="EntryMetadata.Directory"/>.
    /// </summary>
    /// <exception cref="InvalidFileTreeException">An item's parent is not a directory.</exception>
    public FileTree Build()
    {
        AddMissingParents();
        var items = new TreeItem[_entries.Count];
        var next = 0;
        foreach (var (path, entry) in _entries)
        {
            items[next++] = new TreeItem(path, entry);
        }

        Array.Sort(items, static (left, right) => left.Path.CompareTo(right.Path));
        return new FileTree(items);
    }

    private void AddMissingParents()
    {
        _entries.TryAdd(TreePath.Root, new DirectoryEntry(EntryMetadata.Directory));
        foreach (var path in _entries.Keys.ToArray())
        {
            for (var child = path; !child.IsRoot; child = child.Parent)
            {
                var parent = child.Parent;
                if (!_entries.TryGetValue(parent, out var entry))
                {
                    _entries.Add(parent, new DirectoryEntry(EntryMetadata.Directory));
                    continue;
                }

                if (entry is not DirectoryEntry)
                {
                    throw new InvalidFileTreeException(child, $"its parent '{parent}' is not a directory");
                }

                break;
            }
        }

        if (_entries[TreePath.Root] is not DirectoryEntry)
        {
            throw new InvalidFileTreeException(TreePath.Root, "the root is not a directory");
        }
    }
}

/// <summary>Items that cannot form a tree.</summary>
public sealed class InvalidFileTreeException(TreePath path, string reason)
    : Exception($"'{path}' cannot be in the file tree: {reason}.")
{
    /// <summary>The item that does not fit.</summary>
    public TreePath Path { get; } = path;
}
