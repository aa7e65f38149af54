using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Trees;

namespace Compose.Images.Declarations;

/// <summary>A directory that a project asks for: in the image, or made at boot where the image holds nothing.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Mode">The mode in octal digits; null for 0755.</param>
/// <param name="User">The owner: a number, or a name where it is made at boot; null for root.</param>
/// <param name="Group">The group: likewise.</param>
public sealed record DirectoryDefinition(string Path, string? Mode = null, string? User = null, string? Group = null)
{
    private static readonly ItemTraits Traits = new("Directory");

    /// <summary>Puts those directories into a tree that the image itself holds.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="directories">All directories of the project.</param>
    /// <param name="isInImage">Whether the image holds what is at a path.</param>
    /// <param name="origins">Told the item of each; null when nobody asks.</param>
    /// <exception cref="DiagnosticException">One cannot be made.</exception>
    internal static FileTree AddToTree(
        FileTree tree, IReadOnlyList<DirectoryDefinition> directories, Func<TreePath, bool> isInImage, ContentOrigins? origins)
    {
        var builder = new FileTreeBuilder(tree);
        var seen = new HashSet<TreePath>();
        foreach (var directory in directories)
        {
            var path = directory.ParsePath();
            if (!seen.Add(path))
            {
                throw new DiagnosticException(ImageDiagnostics.DeclaredTwice.Create($"Two Directory items are for '/{path}'.", directory.Path, Traits));
            }

            if (!isInImage(path))
            {
                continue;
            }

            if (builder[path] is { } existing and not DirectoryEntry)
            {
                throw new DiagnosticException(ImageDiagnostics.DirectoryOverSymlink.Create(
                    $"The directory '/{path}' cannot be made: a {(existing is SymlinkEntry ? "symbolic link" : "file")} stands there.", directory.Path, Traits));
            }

            var metadata = new ItemMetadata(directory.Path, Traits).ForTree(EntryMetadata.Directory, directory.Mode, directory.User, directory.Group);
            var entry = new DirectoryEntry(metadata);
            builder.Set(path, entry);
            origins?.Add(entry, directory.Path, Traits);
        }

        return TreeConflicts.Guard("the Directory items", builder.Build);
    }

    /// <summary>The tmpfiles.d(5) rules that make the other directories at boot.</summary>
    /// <exception cref="DiagnosticException">One cannot be made.</exception>
    internal static byte[] Rules(IReadOnlyList<DirectoryDefinition> directories, Func<TreePath, bool> isInImage)
    {
        var rules = new StringBuilder();
        foreach (var directory in directories)
        {
            var path = directory.ParsePath();
            if (isInImage(path))
            {
                continue;
            }

            var metadata = new ItemMetadata(directory.Path, Traits);
            if (ImagePath.IsOfTheKernel(path))
            {
                throw metadata.Bad("/dev, /proc and /sys are the kernel's");
            }

            var mode = Convert.ToString(metadata.Mode(directory.Mode) ?? EntryMetadata.Directory.Permissions, 8).PadLeft(4, '0');
            var user = metadata.NameOrNumber("User", directory.User);
            var group = metadata.NameOrNumber("Group", directory.Group);
            rules.Append(CultureInfo.InvariantCulture, $"d {StateDirectories.Quoted(path)} {mode} {user} {group} -\n");
        }

        return Encoding.Latin1.GetBytes(rules.ToString());
    }

    private TreePath ParsePath() => ImagePath.Parse(Path, "the path of a directory", Path, Traits);
}
