namespace Compose.SquashFs.Planning;

/// <summary>
/// Which inodes a tree has, their numbers and links, and what each directory holds. Inodes are indexes from 0; their
/// numbers in the image are one more. The root is the first; then each directory, in the order of the tree, numbers what
/// it holds in a row, so that a directory's listing needs few headers.
/// </summary>
internal sealed class InodePlan
{
    private readonly int[] _inodeOfItem;
    private readonly int[] _itemOfInode;
    private readonly uint[] _linkCounts;
    private readonly int[] _parents;
    private readonly int[] _childStarts;
    private readonly int[] _children;

    public InodePlan(FileTree tree)
    {
        Tree = tree;
        var count = tree.Count;
        _parents = FindParents(tree);
        (_childStarts, _children) = ListChildren(_parents);

        _inodeOfItem = new int[count];
        _itemOfInode = new int[count];
        _linkCounts = new uint[count];
        var inodesOfFiles = new Dictionary<TreeEntry, int>(ReferenceEqualityComparer.Instance);
        Count = 1;
        _linkCounts[0] = 2;
        for (var item = 0; item < count; item++)
        {
            foreach (var child in ChildrenOf(item))
            {
                Number(child, inodesOfFiles);
            }
        }
    }

    public FileTree Tree { get; }

    /// <summary>The number of inodes.</summary>
    public int Count { get; private set; }

    /// <summary>The items directly in the directory at <paramref name="item"/>, sorted by bytes; empty for others.</summary>
    public ReadOnlySpan<int> ChildrenOf(int item) => _children.AsSpan(_childStarts[item].._childStarts[item + 1]);

    /// <summary>The item of the directory that holds the item; the root's own is 0.</summary>
    public int ParentOf(int item) => _parents[item];

    public int InodeOf(int item) => _inodeOfItem[item];

    /// <summary>The first item of an inode.</summary>
    public int ItemOf(int inode) => _itemOfInode[inode];

    public TreeEntry EntryOf(int inode) => Tree.Items[_itemOfInode[inode]].Entry;

    public uint LinkCountOf(int inode) => _linkCounts[inode];

    private static int[] FindParents(FileTree tree)
    {
        // The tree is in pre-order: the last item seen one level up is the parent.
        var parents = new int[tree.Count];
        var lastAtDepth = new List<int> { 0 };
        for (var item = 1; item < parents.Length; item++)
        {
            var depth = tree.Items[item].Path.Depth;
            parents[item] = lastAtDepth[depth - 1];
            if (depth == lastAtDepth.Count)
            {
                lastAtDepth.Add(item);
            }
            else
            {
                lastAtDepth[depth] = item;
            }
        }

        return parents;
    }

    private static (int[] Starts, int[] Children) ListChildren(int[] parents)
    {
        var starts = new int[parents.Length + 1];
        for (var item = 1; item < parents.Length; item++)
        {
            starts[parents[item] + 1]++;
        }

        for (var item = 0; item < parents.Length; item++)
        {
            starts[item + 1] += starts[item];
        }

        var next = starts.AsSpan(0, parents.Length).ToArray();
        var children = new int[parents.Length - 1];
        for (var item = 1; item < parents.Length; item++)
        {
            children[next[parents[item]]++] = item;
        }

        return (starts, children);
    }

    private void Number(int item, Dictionary<TreeEntry, int> inodesOfFiles)
    {
        var entry = Tree.Items[item].Entry;
        if (entry is DirectoryEntry)
        {
            // Directories have no hard links: one entry object at two paths is two inodes.
            _linkCounts[Count] = 2;
            _linkCounts[_inodeOfItem[_parents[item]]]++;
        }
        else if (inodesOfFiles.TryAdd(entry, Count))
        {
            _linkCounts[Count] = 1;
        }
        else
        {
            var inode = inodesOfFiles[entry];
            _inodeOfItem[item] = inode;
            _linkCounts[inode]++;
            return;
        }

        _inodeOfItem[item] = Count;
        _itemOfInode[Count] = item;
        Count++;
    }
}
