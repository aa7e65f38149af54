namespace Compose.FileTrees.Operations;

/// <summary>
/// Operations that make new trees of trees. Entries are shared, not copied, so hard links survive where both names do.
/// </summary>
public static class FileTreeOperations
{
    /// <summary>
    /// Lays <paramref name="upper"/> over <paramref name="lower"/>, as overlayfs does: directories merge and take the
    /// upper's metadata; anything else in the upper hides what the lower has at and below its path.
    /// </summary>
    public static FileTree Layer(this FileTree lower, FileTree upper)
    {
        var items = new List<TreeItem>(lower.Count + upper.Count);
        int l = 0, u = 0;
        while (l < lower.Count || u < upper.Count)
        {
            var order = l == lower.Count ? 1 : u == upper.Count ? -1 : lower[l].Path.CompareTo(upper[u].Path);
            if (order < 0)
            {
                items.Add(lower[l++]);
                continue;
            }

            var item = upper[u++];
            items.Add(item);
            if (order == 0)
            {
                l = item.Entry is DirectoryEntry ? l + 1 : lower.EndOfSubtree(l);
            }
        }

        return new FileTree([.. items]);
    }

    /// <summary>
    /// Takes away what <paramref name="other"/> also has, by path. A directory stays as long as something below it stays.
    /// </summary>
    public static FileTree Subtract(this FileTree tree, FileTree other) =>
        tree.Where(item => !other.Contains(item.Path));

    /// <summary>Keeps the items that match, and the directories above them.</summary>
    public static FileTree Include(this FileTree tree, IReadOnlyCollection<Glob> patterns) =>
        tree.Where(item => patterns.Any(pattern => pattern.Matches(item.Path)));

    /// <summary>Takes away the items that match. A directory that becomes empty by it goes too.</summary>
    public static FileTree Exclude(this FileTree tree, IReadOnlyCollection<Glob> patterns)
    {
        var kept = new bool[tree.Count];
        var filled = new bool[tree.Count];
        MarkParents(tree, filled, static (_, _) => true);
        for (var i = 0; i < tree.Count; i++)
        {
            var path = tree[i].Path;
            kept[i] = i == 0 || !patterns.Any(pattern => pattern.Matches(path));
        }

        // A directory that was empty before is wanted; one that lost all it held is not.
        var stillFilled = new bool[tree.Count];
        MarkParents(tree, stillFilled, (index, marked) => kept[index] && (tree[index].Entry is not DirectoryEntry || !filled[index] || marked[index]));
        return Select(tree, index => index == 0 || stillFilled[index] || (kept[index] && !filled[index]));
    }

    /// <summary>Keeps the items that a condition holds for, and the directories above them. The root always stays.</summary>
    public static FileTree Where(this FileTree tree, Func<TreeItem, bool> condition)
    {
        var kept = new bool[tree.Count];
        for (var i = 0; i < tree.Count; i++)
        {
            kept[i] = i == 0 || condition(tree[i]);
        }

        var needed = new bool[tree.Count];
        MarkParents(tree, needed, (index, marked) => kept[index] || marked[index]);
        return Select(tree, index => kept[index] || needed[index]);
    }

    /// <summary>
    /// Moves everything below <paramref name="from"/> to <paramref name="to"/>. Where both hold a directory they merge and
    /// the destination's metadata stays. Nothing happens when <paramref name="from"/> is not in the tree or is no directory.
    /// </summary>
    /// <exception cref="InvalidFileTreeException">
    /// Both places hold something at the same relative path, and not both a directory, nor both the same content.
    /// </exception>
    public static FileTree Relocate(this FileTree tree, TreePath from, TreePath to)
    {
        if (from == to || !tree.TryGet(from, out var source) || source is not DirectoryEntry)
        {
            return tree;
        }

        var builder = new FileTreeBuilder(tree);
        var moved = tree.Subtree(from);
        foreach (var item in moved)
        {
            builder.Remove(item.Path);
        }

        foreach (var item in moved)
        {
            var destination = to.Append(item.Path.RelativeTo(from));
            switch (builder[destination])
            {
                case null:
                    builder.Set(destination, item.Entry);
                    break;
                case DirectoryEntry when item.Entry is DirectoryEntry:
                    break;
                case { } existing when SameContent(existing, item.Entry):
                    break;
                default:
                    throw new InvalidFileTreeException(item.Path, $"it would move to '{destination}', where something else stands");
            }
        }

        return builder.Build();
    }

    /// <summary>Changes the metadata of every item. Hard links stay linked.</summary>
    public static FileTree MapMetadata(this FileTree tree, Func<TreeItem, EntryMetadata> map)
    {
        var changed = new Dictionary<TreeEntry, TreeEntry>(ReferenceEqualityComparer.Instance);
        return tree.MapEntries(item =>
        {
            if (changed.TryGetValue(item.Entry, out var entry))
            {
                return entry;
            }

            var metadata = map(item);
            entry = metadata == item.Entry.Metadata ? item.Entry : item.Entry.WithMetadata(metadata);
            changed.Add(item.Entry, entry);
            return entry;
        });
    }

    /// <summary>
    /// Whether two entries are the same kind of thing with the same content: equal link text, device numbers, or file
    /// bytes as far as their digests or memory tell without reading.
    /// </summary>
    public static bool SameContent(TreeEntry left, TreeEntry right) => (left, right) switch
    {
        _ when ReferenceEquals(left, right) => true,
        (DirectoryEntry, DirectoryEntry) => true,
        (FifoEntry, FifoEntry) => true,
        (SocketEntry, SocketEntry) => true,
        (SymlinkEntry a, SymlinkEntry b) => a.Target.Span.SequenceEqual(b.Target.Span),
        (DeviceEntry a, DeviceEntry b) => (a.Kind, a.Major, a.Minor) == (b.Kind, b.Major, b.Minor),
        (FileEntry { Content: Storage.BlobContent a }, FileEntry { Content: Storage.BlobContent b }) => a.Digest == b.Digest,
        (FileEntry { Content: BytesContent a }, FileEntry { Content: BytesContent b }) => a.Bytes.Span.SequenceEqual(b.Bytes.Span),
        (FileEntry { Content: BytesContent a }, FileEntry { Content: Storage.BlobContent b }) => Sha256Digest.Of(a.Bytes.Span) == b.Digest,
        (FileEntry { Content: Storage.BlobContent a }, FileEntry { Content: BytesContent b }) => Sha256Digest.Of(b.Bytes.Span) == a.Digest,
        _ => false,
    };

    /// <summary>Replaces entries by others of the same kind: directories stay directories.</summary>
    internal static FileTree MapEntries(this FileTree tree, Func<TreeItem, TreeEntry> map)
    {
        var items = new TreeItem[tree.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = new TreeItem(tree[i].Path, map(tree[i]));
        }

        return new FileTree(items);
    }

    /// <summary>
    /// Marks each directory that holds, directly, an item that counts. Going backwards, an item's own mark is final
    /// before its parent's is asked for.
    /// </summary>
    private static void MarkParents(FileTree tree, bool[] marked, Func<int, bool[], bool> counts)
    {
        var parents = Parents(tree);
        for (var i = tree.Count - 1; i > 0; i--)
        {
            marked[parents[i]] |= counts(i, marked);
        }
    }

    private static int[] Parents(FileTree tree)
    {
        var parents = new int[tree.Count];
        var open = new Stack<int>();
        open.Push(0);
        for (var i = 1; i < tree.Count; i++)
        {
            while (!tree[i].Path.IsWithin(tree[open.Peek()].Path))
            {
                open.Pop();
            }

            parents[i] = open.Peek();
            if (tree[i].Entry is DirectoryEntry)
            {
                open.Push(i);
            }
        }

        return parents;
    }

    private static FileTree Select(FileTree tree, Func<int, bool> condition) =>
        new([.. Enumerable.Range(0, tree.Count).Where(condition).Select(index => tree[index])]);
}
