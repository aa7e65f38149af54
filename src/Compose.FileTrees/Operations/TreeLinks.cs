namespace Compose.FileTrees.Operations;

/// <summary>Follows symbolic links inside a tree, whose root is the root of absolute links.</summary>
public static class TreeLinks
{
    /// <summary>What Linux follows at most (path_resolution(7)).</summary>
    private const int MaximumLinks = 40;

    /// <summary>The path without symbolic links.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">The path; its last name is followed too.</param>
    /// <param name="resolved">Where it leads.</param>
    /// <returns>False when the path does not exist, leads out of the tree or in a circle.</returns>
    public static bool TryResolve(FileTree tree, TreePath path, out TreePath resolved)
    {
        resolved = TreePath.Root;
        var links = 0;
        var left = new Stack<byte[]>();
        Push(left, path.Bytes);
        while (left.TryPop(out var name))
        {
            if (name.AsSpan().SequenceEqual(".."u8))
            {
                if (resolved.IsRoot)
                {
                    return false;
                }

                resolved = resolved.Parent;
                continue;
            }

            var next = resolved.Child(name);
            if (!tree.TryGet(next, out var entry))
            {
                return false;
            }

            if (entry is not SymlinkEntry link)
            {
                resolved = next;
                continue;
            }

            if (++links > MaximumLinks || link.Target.Span.Contains((byte)0))
            {
                return false;
            }

            resolved = link.Target.Span is [(byte)'/', ..] ? TreePath.Root : resolved;
            Push(left, link.Target.Span);
        }

        return true;
    }

    /// <summary>Whether a link's names alone lead above the root on their way; an absolute one begins there.</summary>
    /// <param name="path">Where the link stands.</param>
    /// <param name="target">The link's text.</param>
    public static bool ClimbsAboveRoot(TreePath path, ReadOnlySpan<byte> target)
    {
        var depth = target is [(byte)'/', ..] ? 0 : path.Depth - 1;
        foreach (var range in target.Split((byte)'/'))
        {
            var name = target[range];
            depth += name.IsEmpty || name.SequenceEqual("."u8) ? 0 : name.SequenceEqual(".."u8) ? -1 : 1;
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void Push(Stack<byte[]> left, ReadOnlySpan<byte> path)
    {
        var names = new List<byte[]>();
        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            if (!name.IsEmpty && !name.SequenceEqual("."u8))
            {
                names.Add(name.ToArray());
            }
        }

        for (var i = names.Count - 1; i >= 0; i--)
        {
            left.Push(names[i]);
        }
    }
}
