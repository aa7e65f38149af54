using System.Formats.Tar;
using System.Text;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.HostFiles;

/// <summary>Reads folders of the build host as trees.</summary>
public static class HostDirectory
{
    /// <summary>
    /// Reads a folder such as a recipe's <c>files/</c>. Owners, times and most of the mode belong to the build host and
    /// are not taken: everything is root's, has time 0 and mode 0644, or 0755 for directories and files that their owner
    /// may execute. Symbolic links are taken as links and never followed.
    /// </summary>
    /// <exception cref="DiagnosticException">A name is not valid Unicode, or an entry is of a special kind.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static FileTree Read(string directory)
    {
        var builder = new FileTreeBuilder();
        ReadInto(builder, new DirectoryInfo(directory), TreePath.Root);
        return builder.Build();
    }

    private static void ReadInto(FileTreeBuilder builder, DirectoryInfo directory, TreePath path)
    {
        builder.Set(path, new DirectoryEntry(EntryMetadata.Directory));
        foreach (var info in directory.EnumerateFileSystemInfos())
        {
            // The runtime puts U+FFFD for bytes that are not UTF-8, and the file could not be opened by that name.
            if (info.Name.Contains('\uFFFD', StringComparison.Ordinal))
            {
                throw new DiagnosticException(StorageDiagnostics.BadHostName.Create(
                    $"'{info.FullName}' is not named in UTF-8. Rename it, or bring it in by an archive."));
            }

            var child = path.Child(info.Name);
            if (info.LinkTarget is { } target)
            {
                builder.Set(child, new SymlinkEntry(EntryMetadata.Symlink, Encoding.UTF8.GetBytes(target)));
            }
            else if (info is DirectoryInfo subdirectory)
            {
                ReadInto(builder, subdirectory, child);
            }
            else
            {
                builder.Set(child, ReadFile((FileInfo)info));
            }
        }
    }

    private static FileEntry ReadFile(FileInfo file)
    {
        if (file.Length == 0 && !IsRegular(file))
        {
            throw new DiagnosticException(StorageDiagnostics.BadHostName.Create(
                $"'{file.FullName}' is neither a file, a directory nor a symbolic link."));
        }

        var executable = !OperatingSystem.IsWindows() && file.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
        return new FileEntry(
            executable ? EntryMetadata.Executable : EntryMetadata.File,
            new HostFileContent(file.FullName, file.Length));
    }

    /// <summary>
    /// Whether an empty file is one, and no pipe, socket or device: opening a pipe would wait for ever. The runtime shows
    /// the file type nowhere but in its tar writer.
    /// </summary>
    private static bool IsRegular(FileInfo file)
    {
        var archive = new MemoryStream();
        try
        {
            using (var writer = new TarWriter(archive, leaveOpen: true))
            {
                writer.WriteEntry(file.FullName, "file");
            }
        }
        catch (IOException)
        {
            return false;
        }

        archive.Position = 0;
        using var reader = new TarReader(archive);
        return reader.GetNextEntry()?.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
    }
}
