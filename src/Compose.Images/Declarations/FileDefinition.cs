using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Trees;

namespace Compose.Images.Declarations;

/// <summary>A file of the build host that a project puts into an image.</summary>
/// <param name="Source">The item's include: the file as the project names it.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="IsExecutable">Whether the build host may execute it: it is so in the image, unless there is a mode.</param>
/// <param name="Destination">The path in the image.</param>
/// <param name="Mode">The mode in octal digits; null for 0644 or 0755.</param>
/// <param name="User">The owner's number; null for root.</param>
/// <param name="Group">The group's number; null for root.</param>
public sealed record FileDefinition(
    string Source, FileContent Content, bool IsExecutable, string Destination, string? Mode = null, string? User = null, string? Group = null)
{
    internal ItemTraits Traits => new("ExtensionFile", "Destination", Destination);

    /// <summary>The tree that the files make.</summary>
    /// <param name="files">The files.</param>
    /// <param name="origins">Told the item of each; null when nobody asks.</param>
    /// <exception cref="DiagnosticException">A destination is no path where a file can be, or two files have one.</exception>
    internal static FileTree MakeTree(IReadOnlyList<FileDefinition> files, ContentOrigins? origins)
    {
        var builder = new FileTreeBuilder();
        foreach (var file in files)
        {
            var path = ImagePath.Parse(file.Destination, "the Destination of a file", file.Source, file.Traits);
            if (!ImagePath.CanHoldFile(path))
            {
                throw new DiagnosticException(ImageDiagnostics.OutsideUsrAndOpt.AsError().Create(
                    $"'/{path}' is outside /usr, /opt and /etc: an image has no file there. Give '{file.Source}' another Destination.", file.Source, file.Traits));
            }

            if (builder[path] is not null)
            {
                throw new DiagnosticException(ImageDiagnostics.DeclaredTwice.Create(
                    $"Two ExtensionFile items have the Destination '/{path}'. A Destination that ends with '/' is a folder, in which each file keeps its name.",
                    file.Source,
                    file.Traits));
            }

            var defaults = file.IsExecutable ? EntryMetadata.Executable : EntryMetadata.File;
            var metadata = new ItemMetadata(file.Source, file.Traits).ForTree(defaults, file.Mode, file.User, file.Group);
            var entry = new FileEntry(metadata, file.Content);
            builder.Set(path, entry);
            origins?.Add(entry, file.Source, file.Traits);
        }

        return TreeConflicts.Guard("the ExtensionFile items", builder.Build);
    }
}
