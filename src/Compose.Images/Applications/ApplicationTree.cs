using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Elf;
using Compose.Images.Extensions;
using Compose.Packages.Inputs;

namespace Compose.Images.Applications;

/// <summary>Puts a published application where an image has it: its folder in /usr/lib, a link in /usr/bin, its unit.</summary>
public static class ApplicationTree
{
    private const int MaximumNameLength = 200;

    /// <summary>Makes the tree.</summary>
    /// <exception cref="DiagnosticException">The name or a path cannot be used, or the program is missing.</exception>
    public static InputTree Create(ApplicationDefinition application)
    {
        CheckName(application);
        var folder = TreePath.Parse("usr/lib").Child(application.Name);
        var program = folder.Child(application.Program);
        var builder = new FileTreeBuilder();
        foreach (var file in application.Files)
        {
            if (!TreePath.TryParse(Encoding.UTF8.GetBytes(file.Path), out var path) || path.IsRoot)
            {
                throw Bad(application, $"'{file.Path}', a file of it, is not a path in its folder");
            }

            var content = StaticAssetManifest.Is(file.Path) ? StaticAssetManifest.WithoutTimes(file.Content) : file.Content;
            builder.Set(folder.Append(path), new FileEntry(MetadataOf(content), content));
        }

        if (builder[program] is null)
        {
            throw Bad(application, $"it has no program '{application.Program}': UseAppHost must not be false");
        }

        builder.Set(TreePath.Parse("usr/bin").Child(application.Name), new SymlinkEntry($"../lib/{application.Name}/{application.Program}"));
        if (application.Service is { } service)
        {
            var unit = UnitDirectories.System.Child(UnitName(application.Name));
            builder.Set(unit, new FileEntry(EntryMetadata.File, new BytesContent(ServiceUnit.Create(application.Name, folder, service))));
        }

        return new InputTree(application.Name, application.Version, Trees.TreeConflicts.Guard(application.Name, builder.Build));
    }

    /// <summary>The name of the unit that is generated for an application.</summary>
    public static string UnitName(string application) => application + ".service";

    /// <summary>0755 for programs and scripts, 0644 for all else: what a build host gives files depends on the host.</summary>
    internal static EntryMetadata MetadataOf(FileContent content)
    {
        Span<byte> start = stackalloc byte[ProgramFile.StartSize];
        return ProgramFile.IsProgram(start[..content.ReadStart(start)]) ? EntryMetadata.Executable : EntryMetadata.File;
    }

    private static void CheckName(ApplicationDefinition application)
    {
        var name = application.Name;
        if (name.Length is 0 or > MaximumNameLength
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            || !char.IsAsciiLetterOrDigit(name[0]))
        {
            throw Bad(application, "its name takes letters, digits, '.', '-' and '_', and begins with a letter or digit. Set ApplicationName on the ProjectReference");
        }
    }

    private static DiagnosticException Bad(ApplicationDefinition application, string reason) =>
        new(ImageDiagnostics.BadValue.Create($"The application '{application.Name}' cannot be put into the image: {reason}."));
}
