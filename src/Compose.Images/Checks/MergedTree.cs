using System.Diagnostics.CodeAnalysis;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Checks;

/// <summary>One of the trees that are merged.</summary>
/// <param name="Name">The extension's name, or <see cref="BaseName"/>.</param>
/// <param name="Tree">Its tree.</param>
internal sealed record MergedLayer(string Name, FileTree Tree)
{
    /// <summary>The name of the lowest layer in messages.</summary>
    public const string BaseName = "the base";
}

/// <summary>What stands at a path of a merged tree.</summary>
/// <param name="Path">Where it really is, all links resolved.</param>
/// <param name="Entry">What stands there.</param>
/// <param name="Layer">The layer that has it; of a directory the highest.</param>
internal readonly record struct MergedItem(TreePath Path, TreeEntry Entry, MergedLayer Layer);

/// <summary>
/// Several trees as overlayfs shows them: of two entries at one path the higher layer's is seen, directories merge. Not safe for
/// several threads: it remembers where links lead.
/// </summary>
/// <param name="layers">The trees, the highest first.</param>
internal sealed class MergedTree(IReadOnlyList<MergedLayer> layers)
{
    private readonly LinkResolver _links = new([.. layers.Select(layer => layer.Tree)], staysAtRoot: true);

    /// <summary>The trees, the highest first.</summary>
    public IReadOnlyList<MergedLayer> Layers => layers;

    /// <summary>What stands at exactly this path; symbolic links are not followed.</summary>
    public bool TryGet(TreePath path, [NotNullWhen(true)] out TreeEntry? entry, [NotNullWhen(true)] out MergedLayer? layer)
    {
        foreach (var candidate in layers)
        {
            if (candidate.Tree.TryGet(path, out entry))
            {
                layer = candidate;
                return true;
            }
        }

        (entry, layer) = (null, null);
        return false;
    }

    /// <summary>What a program that opens the path gets: links are followed, in folders on the way too, and never leave the tree.</summary>
    /// <returns>Null when nothing is there, or the links go round.</returns>
    public MergedItem? Resolve(TreePath path) => Resolve(path, out _);

    /// <inheritdoc cref="Resolve(TreePath)"/>
    /// <param name="path">A path from the root; it may have <c>.</c> and <c>..</c>.</param>
    public MergedItem? Resolve(ReadOnlyMemory<byte> path) => Resolve(path, out _);

    /// <inheritdoc cref="Resolve(TreePath)"/>
    /// <param name="path">The path.</param>
    /// <param name="end">Where the walk ended: what is missing when there is nothing, the last link when links go round.</param>
    public MergedItem? Resolve(TreePath path, out TreePath end) => Resolve(path.Bytes.ToArray(), out end);

    private MergedItem? Resolve(ReadOnlyMemory<byte> path, out TreePath end) =>
        _links.TryResolve(path, out var found, out end) ? new(found.Path, found.Entry, layers[found.Tree]) : null;

    /// <summary>The names in a directory of all layers, in the order of their bytes. Links on the way are not followed.</summary>
    public IEnumerable<TreePath> Children(TreePath directory) =>
        layers.SelectMany(layer => layer.Tree.Children(directory)).Select(item => item.Path).Distinct().Order();
}
