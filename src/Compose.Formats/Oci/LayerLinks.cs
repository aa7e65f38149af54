using Compose.FileTrees;

namespace Compose.Formats.Oci;

/// <summary>
/// Follows symbolic links of the layers below, whose root is the root of absolute links. Each link is followed once, however
/// many paths lead through it: an image may be made of a million paths through chains of links.
/// </summary>
internal sealed class LayerLinks(FileTree tree)
{
    /// <summary>How many links may lead through each other (path_resolution(7)).</summary>
    private const int MaximumNesting = 40;

    private readonly Dictionary<TreePath, TreePath?> _links = [];

    /// <summary>The path without symbolic links.</summary>
    /// <param name="path">The path; its last name is followed too.</param>
    /// <param name="resolved">Where it leads.</param>
    /// <returns>False when the path does not exist, leads out of the tree or in a circle.</returns>
    public bool TryResolve(TreePath path, out TreePath resolved) => TryResolve(TreePath.Root, path.Bytes, 0, out resolved);

    private bool TryResolve(TreePath directory, ReadOnlySpan<byte> path, int nesting, out TreePath resolved)
    {
        resolved = path is [(byte)'/', ..] ? TreePath.Root : directory;
        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            if (name.IsEmpty || name.SequenceEqual("."u8))
            {
                continue;
            }

            if (name.SequenceEqual(".."u8))
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
            }
            else if (!TryFollow(next, link, nesting, out resolved))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryFollow(TreePath path, SymlinkEntry link, int nesting, out TreePath resolved)
    {
        if (_links.TryGetValue(path, out var known))
        {
            resolved = known.GetValueOrDefault();
            return known is not null;
        }

        resolved = default;
        var target = link.Target.Span;
        var leads = nesting < MaximumNesting && !target.Contains((byte)0) && TryResolve(path.Parent, target, nesting + 1, out resolved);
        _links[path] = leads ? resolved : null;
        return leads;
    }
}
