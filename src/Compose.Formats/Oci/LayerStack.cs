using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Formats.Tar;

namespace Compose.Formats.Oci;

/// <summary>Lays the layers of an image over each other (OCI Image Format Specification, "Applying Changesets").</summary>
/// <param name="image">The image's name for messages.</param>
/// <param name="limits">How much the image may hold.</param>
public sealed class LayerStack(string image, ArchiveLimits limits)
{
    private int _layers;
    private long _redirectedBytes;

    /// <summary>What the layers so far give together.</summary>
    public FileTree Tree { get; private set; } = FileTree.Empty;

    /// <summary>Lays a layer over those before it.</summary>
    /// <exception cref="DiagnosticException">It changes what cannot be changed so.</exception>
    public void Apply(ImageLayer layer)
    {
        _layers++;
        var lower = TakeAway(layer);
        var tree = lower.Layer(new Placement(this, lower, layer).Place());
        Tree = tree.Count <= limits.Entries
            ? tree
            : throw Bad(ArchiveDiagnostics.TooLarge, $"the image holds more than the {limits.Entries} entries that are allowed");
    }

    private DiagnosticException Bad(DiagnosticDescriptor descriptor, string reason, Exception? inner = null) =>
        new(descriptor.Create($"Layer {_layers} of {image} is refused: {reason}."), inner);

    /// <summary>Notes that something was written through a link, which may lead far down: a short name is a long one then.</summary>
    private void CountRedirected(TreePath place)
    {
        _redirectedBytes += place.Bytes.Length;
        if (place.Depth > limits.Depth)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"it writes through symbolic links to a path of more than the {limits.Depth} components that are allowed");
        }

        if (_redirectedBytes > limits.NameBytes)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"what is written through symbolic links has more than the {limits.NameBytes} bytes of names that are allowed");
        }
    }

    private FileTree TakeAway(ImageLayer layer)
    {
        if (layer.Whiteouts.Count == 0 && layer.OpaqueDirectories.Count == 0)
        {
            return Tree;
        }

        var links = new LinkResolver([Tree], staysAtRoot: false);
        var removed = Resolved(layer.Whiteouts);
        var emptied = Resolved(layer.OpaqueDirectories);
        var kept = new List<TreeItem>(Tree.Count);
        for (var i = 0; i < Tree.Count;)
        {
            var item = Tree[i];
            var isRemoved = removed.Contains(item.Path);
            if (!isRemoved)
            {
                kept.Add(item);
            }

            i = isRemoved || emptied.Contains(item.Path) ? Tree.EndOfSubtree(i) : i + 1;
        }

        return FileTree.FromWalk([.. kept]);

        HashSet<TreePath> Resolved(IReadOnlyList<TreePath> paths)
        {
            var resolved = new HashSet<TreePath>();
            foreach (var path in paths)
            {
                if (path.IsRoot)
                {
                    resolved.Add(path);
                }
                else if (links.TryResolve(path.Parent, out var parent))
                {
                    resolved.Add(parent.Path.Child(path.Name));
                }
            }

            return resolved;
        }
    }

    /// <summary>Finds where the entries of one layer go: a path may lead through symbolic links of the layers below.</summary>
    private sealed class Placement(LayerStack stack, FileTree lower, ImageLayer layer)
    {
        private readonly FileTreeBuilder _builder = new();
        private readonly HashSet<TreePath> _passed = [.. layer.PassedDirectories];
        private readonly Dictionary<TreePath, TreePath> _redirected = [];
        private readonly LinkResolver _links = new([lower], staysAtRoot: false);

        public FileTree Place()
        {
            foreach (var item in layer.Files.Items)
            {
                if (_passed.Contains(item.Path))
                {
                    Pass(item);
                }
                else
                {
                    Set(item.Path, item.Entry);
                }
            }

            foreach (var link in layer.Links)
            {
                Set(link.Path, Target(link));
            }

            try
            {
                return _builder.Build();
            }
            catch (InvalidFileTreeException e)
            {
                throw stack.Bad(ArchiveDiagnostics.Contradiction, $"'{e.Path}' lies below something that is not a directory", e);
            }
        }

        private void Pass(TreeItem item)
        {
            var place = PlaceOf(item.Path);
            switch (lower.TryGet(place, out var existing) ? existing : null)
            {
                case null:
                    SetDirectory(place, item.Entry);
                    break;
                case DirectoryEntry directory:
                    SetDirectory(place, directory);
                    break;
                case SymlinkEntry when _links.TryResolve(place, out var found) && found.Entry is DirectoryEntry:
                    _redirected[item.Path] = found.Path;
                    SetDirectory(found.Path, found.Entry);
                    break;
                case SymlinkEntry:
                    throw stack.Bad(ArchiveDiagnostics.UnsafePath,
                        $"it writes through '{place}', a symbolic link of a layer below that leads to no directory of the image");
                default:
                    throw stack.Bad(ArchiveDiagnostics.Contradiction, $"it writes below '{place}', which is not a directory in the layers below");
            }
        }

        /// <summary>A directory on the way, unless the layer itself says more about it.</summary>
        private void SetDirectory(TreePath place, TreeEntry entry)
        {
            if (_builder[place] is null)
            {
                _builder.Set(place, entry);
            }
        }

        private void Set(TreePath path, TreeEntry entry)
        {
            var place = PlaceOf(path);
            if (_builder[place] is { } existing && !(existing is DirectoryEntry && entry is DirectoryEntry))
            {
                throw stack.Bad(ArchiveDiagnostics.Contradiction, $"'{path}' is, through a symbolic link of a layer below, a second '{place}'");
            }

            _builder.Set(place, entry);
        }

        private TreePath PlaceOf(TreePath path)
        {
            if (_redirected.Count > 0)
            {
                for (var parent = path.Parent; !parent.IsRoot; parent = parent.Parent)
                {
                    if (_redirected.TryGetValue(parent, out var target))
                    {
                        var place = target.Append(path.RelativeTo(parent));
                        stack.CountRedirected(place);
                        return place;
                    }
                }
            }

            return path;
        }

        private TreeEntry Target(LayerLink link)
        {
            if (_links.TryResolve(link.Target.Parent, out var parent)
                && lower.TryGet(parent.Path.Child(link.Target.Name), out var target) && target is not DirectoryEntry)
            {
                return target;
            }

            throw stack.Bad(ArchiveDiagnostics.Contradiction, $"'{link.Path}' is a hard link to '{link.Target}', which neither it nor a layer below has");
        }
    }
}
