using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Declarations;

namespace Compose.Images.Trees;

/// <summary>Adds the symbolic links that a project declares.</summary>
internal static class Symlinks
{
    private static readonly ItemTraits Traits = new("Symlink");

    /// <summary>The tree with the links; each replaces a file or link that stands in its place.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="links">The links.</param>
    /// <param name="origins">Told the item of each; null when nobody asks.</param>
    /// <exception cref="DiagnosticException">A path is not one, or a directory stands there.</exception>
    public static FileTree Add(FileTree tree, IReadOnlyList<SymlinkDefinition> links, ContentOrigins? origins)
    {
        var builder = new FileTreeBuilder(tree);
        foreach (var link in links)
        {
            if (!TreePath.TryParse(System.Text.Encoding.UTF8.GetBytes(link.Path), out var path) || path.IsRoot || link.Target.Length == 0)
            {
                throw new DiagnosticException(ImageDiagnostics.BadValue.Create(
                    $"The symbolic link '{link.Path}' → '{link.Target}' needs a path inside the image, and a target.", link.Path, Traits));
            }

            if (builder[path] is DirectoryEntry)
            {
                throw new DiagnosticException(ImageDiagnostics.DirectoryOverSymlink.Create(
                    $"The symbolic link '/{path}' cannot be made: a directory stands there.", link.Path, Traits));
            }

            var entry = new SymlinkEntry(link.Target);
            builder.Set(path, entry);
            origins?.Add(entry, link.Path, Traits);
        }

        return TreeConflicts.Guard("the symbolic links", builder.Build);
    }
}
