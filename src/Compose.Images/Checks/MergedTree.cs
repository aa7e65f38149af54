using System.Diagnostics.CodeAnalysis;
using Compose.FileTrees;

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

/// <summary>Several trees as overlayfs shows them: of two entries at one path the higher layer's is seen, directories merge.</summary>
/// <param name="layers">The trees, the highest first.</param>
internal sealed class MergedTree(IReadOnlyList<MergedLayer> layers)
{
    /// <summary>As many links as the kernel follows.</summary>
    private const int LinkLimit = 40;

    /// <summary>The kernel follows no link to a path that is as long (PATH_MAX).</summary>
    private const int PathLimit = 4096;

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
    public MergedItem? Resolve(TreePath path) => Resolve(path.Bytes, out _);

    /// <inheritdoc cref="Resolve(TreePath)"/>
    /// <param name="path">A path from the root; it may have <c>.</c> and <c>..</c>.</param>
    public MergedItem? Resolve(ReadOnlySpan<byte> path) => Resolve(path, out _);

    /// <inheritdoc cref="Resolve(TreePath)"/>
    /// <param name="path">The path.</param>
    /// <param name="end">Where the walk ended: what is missing when there is nothing, the last link when links go round.</param>
    public MergedItem? Resolve(TreePath path, out TreePath end) => Resolve(path.Bytes, out end);

    private MergedItem? Resolve(ReadOnlySpan<byte> path, out TreePath end)
    {
        var links = 0;
        var current = TreePath.Root;
        end = current;
        var rest = new Stack<byte[]>();
        Push(rest, path);
        while (rest.TryPop(out var name))
        {
            if (name is [(byte)'.', (byte)'.'])
            {
                current = current.IsRoot ? current : current.Parent;
                continue;
            }

            // No file has a NUL in its name, but the text of a link may.
            if (name.AsSpan().Contains((byte)0))
            {
                return null;
            }

            var next = current.Child(name);
            end = next;
            if (!TryGet(next, out var entry, out _))
            {
                return null;
            }

            if (entry is not SymlinkEntry link)
            {
                if (entry is not DirectoryEntry && rest.Count > 0)
                {
                    return null;
                }

                current = next;
                continue;
            }

            if (++links > LinkLimit || link.Target.Length is 0 or >= PathLimit || link.Target.Span.Contains((byte)0))
            {
                return null;
            }

            if (link.Target.Span[0] == (byte)'/')
            {
                current = TreePath.Root;
            }

            Push(rest, link.Target.Span);
        }

        return TryGet(current, out var found, out var layer) ? new(current, found, layer) : null;
    }

    /// <summary>The names in a directory of all layers, in the order of their bytes. Links on the way are not followed.</summary>
    public IEnumerable<TreePath> Children(TreePath directory) =>
        layers.SelectMany(layer => layer.Tree.Children(directory)).Select(item => item.Path).Distinct().Order();

    /// <summary>Puts the names of a path in front of what is still to be walked.</summary>
    private static void Push(Stack<byte[]> rest, ReadOnlySpan<byte> path)
    {
        while (path.Length > 0)
        {
            var slash = path.LastIndexOf((byte)'/');
            var name = path[(slash + 1)..];
            if (name.Length > 0 && name is not [(byte)'.'])
            {
                rest.Push(name.ToArray());
            }

            path = slash < 0 ? [] : path[..slash];
        }
    }
}
