using System.Text;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.HostFiles;

/// <summary>Writes trees as folders of the build host.</summary>
public static class HostDirectoryWriter
{
    /// <summary>Temporary folders of killed builds, made so long ago, are deleted by the next that writes the folder.</summary>
    private static readonly TimeSpan AbandonedAge = TimeSpan.FromDays(1);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Writes the tree to a temporary folder beside <paramref name="directory"/> and then puts it in that one's place.
    /// Content, permission bits, symbolic links and times are kept. Owners are the caller's, hard links become copies:
    /// what has other owners, extended attributes or is a device needs an image format.
    /// </summary>
    /// <exception cref="DiagnosticException">An entry cannot be represented in a folder.</exception>
    public static void Write(FileTree tree, string directory, CancellationToken cancellationToken = default)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var parent = Path.GetDirectoryName(directory)!;
        var temporary = Path.Combine(parent, $".{Path.GetFileName(directory)}.{Environment.ProcessId}.partial");
        Delete(temporary);
        AbandonedFiles.DeleteFolders(parent, $".{Path.GetFileName(directory)}.*.partial", AbandonedAge);
        try
        {
            foreach (var item in tree.Items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteItem(item, temporary);
            }

            // From the deepest up, as writing into a directory changes its time, and its mode may forbid it.
            for (var i = tree.Count - 1; i >= 0; i--)
            {
                if (tree[i].Entry is DirectoryEntry entry)
                {
                    var path = HostPath(temporary, tree[i].Path);
                    SetMode(path, entry.Metadata);
                    Directory.SetLastWriteTimeUtc(path, Time(entry.Metadata));
                }
            }

            Delete(directory);
            Directory.Move(temporary, directory);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    private static void WriteItem(TreeItem item, string root)
    {
        var path = HostPath(root, item.Path);
        switch (item.Entry)
        {
            case DirectoryEntry:
                Directory.CreateDirectory(path);
                break;
            case FileEntry file:
                WriteContent(file, path);
                SetMode(path, file.Metadata);
                File.SetLastWriteTimeUtc(path, Time(file.Metadata));
                break;
            case SymlinkEntry link:
                File.CreateSymbolicLink(path, Decode(link.Target.Span, item.Path));
                break;
            default:
                throw new DiagnosticException(StorageDiagnostics.NotInDirectory.Create(
                    $"'{item.Path}' is a device, pipe or socket, which a directory cannot hold without root. Use an image format."));
        }
    }

    private static void WriteContent(FileEntry file, string path)
    {
        using var source = file.Content.OpenRead();
        using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        source.CopyTo(target);
        if (target.Length != file.Content.Length)
        {
            throw new IOException($"{file.Content.Length} bytes were promised for '{path}', {target.Length} came.");
        }
    }

    private static string HostPath(string root, TreePath path) =>
        path.IsRoot ? root : Path.Combine(root, Decode(path.Bytes, path));

    private static string Decode(ReadOnlySpan<byte> bytes, TreePath path)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new DiagnosticException(
                StorageDiagnostics.NotInDirectory.Create($"'{path}' is not in UTF-8, which a directory cannot hold. Use an image format."),
                e);
        }
    }

    private static void SetMode(string path, EntryMetadata metadata)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)metadata.Permissions);
        }
    }

    private static DateTime Time(EntryMetadata metadata) => DateTimeOffset.FromUnixTimeSeconds(metadata.ModifiedTime).UtcDateTime;

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
