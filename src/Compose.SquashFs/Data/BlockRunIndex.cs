using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Finds contents whose blocks equal those of an earlier content of the same size. All runs of blocks seen so far form a
/// tree, so that each block costs one look-up however many contents begin alike.
/// </summary>
internal sealed class BlockRunIndex
{
    private readonly Dictionary<long, int> _roots = [];
    private readonly Dictionary<(int Node, Sha256Digest Digest), int> _nodes = [];
    private readonly Dictionary<int, FileLayout> _owners = [];
    private int _nodeCount;

    /// <summary>The node before the first block of a content of this size.</summary>
    public int Root(long length)
    {
        if (!_roots.TryGetValue(length, out var root))
        {
            root = _nodeCount++;
            _roots.Add(length, root);
        }

        return root;
    }

    /// <summary>Follows one block from a node.</summary>
    /// <returns>The next node, and whether an earlier content went the same way.</returns>
    public (int Node, bool IsKnown) Follow(int node, Sha256Digest digest)
    {
        if (_nodes.TryGetValue((node, digest), out var next))
        {
            return (next, true);
        }

        next = _nodeCount++;
        _nodes.Add((node, digest), next);
        return (next, false);
    }

    /// <summary>The content whose run ends at a node, after <paramref name="file"/> is offered as the first.</summary>
    public FileLayout OwnerOf(int node, FileLayout file)
    {
        if (_owners.TryGetValue(node, out var owner))
        {
            return owner;
        }

        _owners.Add(node, file);
        return file;
    }
}
