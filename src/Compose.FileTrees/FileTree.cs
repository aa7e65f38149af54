using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Compose.FileTrees;

/// <summary>A path and what stands there.</summary>
/// <param name="Path">The path from the tree's root.</param>
/// <param name="Entry">The inode.</param>
public readonly record struct TreeItem(TreePath Path, TreeEntry Entry);

/// <summary>
/// An immutable tree of files as Linux sees them. Items are in the order of a walk (see <see cref="TreePath"/>); the root
/// itself is always the first item and a directory; the parent of each item is in the tree and a directory.
/// </summary>
public sealed class FileTree : IReadOnlyList<TreeItem>
{
    private readonly TreeItem[] _items;

    /// <summary>Takes items that are sorted, unique and complete: only <see cref="FileTreeBuilder"/> can say so.</summary>
    internal FileTree(TreeItem[] sortedItems) => _items = sortedItems;

    /// <summary>A tree that holds only its root.</summary>
    public static FileTree Empty { get; } = new FileTreeBuilder().Build();

    /// <summary>
    /// Makes a tree of items that are already in the order of a walk, as a file system's reader meets them: with no sorting
    /// and no table of paths.
    /// </summary>
    /// <param name="items">The items, the root first. The array is the tree's from now on.</param>
    /// <exception cref="InvalidFileTreeException">An item is out of order or there twice, or its parent is no directory.</exception>
    public static FileTree FromWalk(TreeItem[] items)
    {
        if (items.Length == 0 || !items[0].Path.IsRoot || items[0].Entry is not DirectoryEntry)
        {
            throw new InvalidFileTreeException(TreePath.Root, "the walk does not begin with a root directory");
        }

        // The items that are above the next one, the root first.
        var ancestors = new Stack<int>([0]);
        for (var i = 1; i < items.Length; i++)
        {
            var path = items[i].Path;
            if (path <= items[i - 1].Path)
            {
                throw new InvalidFileTreeException(path, $"it comes after '{items[i - 1].Path}'");
            }

            while (!path.IsWithin(items[ancestors.Peek()].Path))
            {
                ancestors.Pop();
            }

            if (path.Depth != items[ancestors.Peek()].Path.Depth + 1)
            {
                throw new InvalidFileTreeException(path, "its parent is not in the tree, or no directory");
            }

            if (items[i].Entry is DirectoryEntry)
            {
                ancestors.Push(i);
            }
        }

        return new FileTree(items);
    }

    /// <summary>The number of items, with the root.</summary>
    public int Count => _items.Length;

    /// <summary>The items in order.</summary>
    public ReadOnlySpan<TreeItem> Items => _items;

    /// <inheritdoc/>
    public TreeItem this[int index] => _items[index];

    /// <summary>Looks up a path. Symbolic links are not followed.</summary>
    public bool TryGet(TreePath path, [NotNullWhen(true)] out TreeEntry? entry)
    {
        var index = IndexOf(path);
        entry = index < 0 ? null : _items[index].Entry;
        return entry is not null;
    }

    /// <summary>Whether something stands at the path.</summary>
    public bool Contains(TreePath path) => IndexOf(path) >= 0;

    /// <summary>The item at the path and everything below it, in order; empty when there is nothing.</summary>
    public ReadOnlySpan<TreeItem> Subtree(TreePath path)
    {
        var start = IndexOf(path);
        return start < 0 ? [] : Items[start..EndOfSubtree(start)];
    }

    /// <summary>The items directly in the directory, in the order of their bytes.</summary>
    public IEnumerable<TreeItem> Children(TreePath directory)
    {
        var index = IndexOf(directory);
        if (index < 0)
        {
            yield break;
        }

        var end = EndOfSubtree(index);
        for (var child = index + 1; child < end; child = EndOfSubtree(child))
        {
            yield return _items[child];
        }
    }

    /// <inheritdoc/>
    public IEnumerator<TreeItem> GetEnumerator() => ((IEnumerable<TreeItem>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    /// <summary>The index of the path's item, or a negative number.</summary>
    public int IndexOf(TreePath path) => Items.BinarySearch(new ByPath(path));

    /// <summary>The index behind the last item below the item at <paramref name="index"/>.</summary>
    public int EndOfSubtree(int index)
    {
        if (_items[index].Entry is not DirectoryEntry)
        {
            return index + 1;
        }

        // The subtree is one run: gallop, then halve, as most directories are small.
        var ancestor = _items[index].Path;
        var low = index + 1;
        var step = 1;
        while (low < _items.Length && _items[low].Path.IsWithin(ancestor))
        {
            low += step;
            step *= 2;
        }

        var high = Math.Min(low, _items.Length);
        low = Math.Max(index + 1, low - (step / 2));
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_items[middle].Path.IsWithin(ancestor))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly struct ByPath(TreePath path) : IComparable<TreeItem>
    {
        public int CompareTo(TreeItem other) => path.CompareTo(other.Path);
    }
}
