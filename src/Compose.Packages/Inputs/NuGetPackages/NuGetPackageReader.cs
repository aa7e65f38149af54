using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Elf;
using Compose.Formats.Tar;
using Compose.Formats.Zip;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>
/// Reads the file of a NuGet package: a zip archive by the Open Packaging Conventions (ECMA-376 part 2), in which names are
/// parts of addresses. Its modes say nothing: programs are found by their contents.
/// </summary>
internal sealed class NuGetPackageReader(ContentStore store, ArchiveLimits limits)
{
    /// <summary>What belongs to the packaging and not to the content.</summary>
    private static readonly TreePath[] PackagingParts =
        [TreePath.Parse("_rels"), TreePath.Parse("package"), TreePath.Parse("[Content_Types].xml"), TreePath.Parse(".signature.p7s")];

    /// <summary>Puts the contents of a package into the store.</summary>
    /// <param name="package">The package's file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The package is damaged, hostile or larger than allowed.</exception>
    public FileTree Read(FileContent package, string name, CancellationToken cancellationToken)
    {
        FileTree archive;
        using (var stream = package.OpenRead())
        using (var transaction = store.BeginTransaction())
        {
            archive = ZipTreeReader.Read(stream, $"the NuGet package {name}", transaction, limits, ArchiveRules.FilesAndLinks, cancellationToken);
            transaction.Commit();
        }

        var start = new byte[ProgramFile.StartSize];
        var builder = new FileTreeBuilder();
        foreach (var (path, entry) in archive.Items)
        {
            if (entry is not FileEntry file || PackagingParts.Any(path.IsWithin))
            {
                continue;
            }

            var target = Unescape(path, name);
            if (builder[target] is not null)
            {
                throw Bad(ArchiveDiagnostics.Contradiction, name, $"it has '{target}' twice");
            }

            var isProgram = ProgramFile.IsProgram(start.AsSpan(0, file.Content.ReadStart(start)));
            var metadata = (isProgram ? EntryMetadata.Executable : EntryMetadata.File) with { ModifiedTime = file.Metadata.ModifiedTime };
            builder.Set(target, file.WithMetadata(metadata));
        }

        try
        {
            return builder.Build();
        }
        catch (InvalidFileTreeException e)
        {
            throw Bad(ArchiveDiagnostics.Contradiction, name, e.Message.TrimEnd('.'));
        }
    }

    private static TreePath Unescape(TreePath path, string name)
    {
        var text = Encoding.UTF8.GetString(path.Bytes);
        return TreePath.TryParse(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(text)), out var unescaped)
            && unescaped.Depth >= path.Depth
            && !unescaped.Bytes.Contains((byte)'\\')
                ? unescaped
                : throw Bad(ArchiveDiagnostics.UnsafePath, name, $"it has an entry '{path}'");
    }

    private static DiagnosticException Bad(DiagnosticDescriptor descriptor, string name, string reason) =>
        new(descriptor.Create($"The NuGet package {name} cannot be unpacked: {reason}."));
}
