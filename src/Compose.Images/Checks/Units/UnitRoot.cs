using System.Buffers;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>
/// Writes the units of a host to a folder of the build host, for a tool that reads folders: regular files, and links that
/// stay among them. Nothing else of the trees is written, and no name that a unit cannot have.
/// </summary>
internal static class UnitRoot
{
    /// <summary>Linux keeps what is there in memory: on some file systems it takes a second to make 500 small files.</summary>
    private const string Memory = "/dev/shm";
    private const string Prefix = "compose-units-";

    private static readonly string[] LinkFolders = [".wants", ".requires", ".upholds"];

    /// <summary>Makes an empty folder that only this user can enter.</summary>
    public static DirectoryInfo CreateFolder()
    {
        try
        {
            if (OperatingSystem.IsLinux() && Directory.Exists(Memory))
            {
                return Directory.CreateDirectory(
                    Path.Combine(Memory, Prefix + Path.GetRandomFileName()), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where it may not be used, the disk has to do.
        }

        return Directory.CreateTempSubdirectory(Prefix);
    }

    /// <summary>Writes the units of all layers.</summary>
    /// <param name="host">The layers.</param>
    /// <param name="folder">An empty folder, which is the root.</param>
    /// <param name="limit">The number of files that is too large.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether all are written; false when there are too many.</returns>
    public static bool Write(MergedTree host, string folder, int limit, CancellationToken cancellationToken)
    {
        foreach (var directory in UnitSet.SystemDirectories)
        {
            var target = Directory.CreateDirectory(Path.Combine(folder, directory.ToString())).FullName;
            foreach (var path in host.Children(directory))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!host.TryGet(path, out var entry, out _))
                {
                    continue;
                }

                var name = TreePath.Describe(path.Name);
                limit -= entry is DirectoryEntry ? WriteFolder(host, path, Path.Combine(target, name)) : 1;
                if (limit < 0)
                {
                    return false;
                }

                if (entry is not DirectoryEntry && UnitName.IsValid(name))
                {
                    WriteUnit(host, path, entry, Path.Combine(target, name));
                }
            }
        }

        return true;
    }

    private static int WriteFolder(MergedTree host, TreePath folder, string target)
    {
        var isDropIns = UnitSet.NameBefore(folder, ".d") is not null || (target.EndsWith(".d", StringComparison.Ordinal) && UnitName.IsType(Path.GetFileName(target)[..^2]));
        if (!isDropIns && LinkFolders.All(suffix => UnitSet.NameBefore(folder, suffix) is null))
        {
            return 0;
        }

        Directory.CreateDirectory(target);
        var count = 0;
        foreach (var path in host.Children(folder))
        {
            count++;
            var name = TreePath.Describe(path.Name);
            if (!isDropIns)
            {
                if (UnitName.IsValid(name))
                {
                    // Of a link only the name counts.
                    File.CreateSymbolicLink(Path.Combine(target, name), $"../{name}");
                }
            }
            else if (name.EndsWith(".conf", StringComparison.Ordinal) && name.All(c => c is > ' ' and < '\x7f' and not '\\') && name.Length <= 255
                && host.Resolve(path) is { Entry: FileEntry file })
            {
                WriteFile(file, Path.Combine(target, name));
            }
        }

        return count;
    }

    private static void WriteUnit(MergedTree host, TreePath path, TreeEntry entry, string target)
    {
        if (host.Resolve(path) is not { Entry: FileEntry file } item)
        {
            if (entry is SymlinkEntry)
            {
                // A link that leads nowhere masks the unit.
                File.CreateSymbolicLink(target, "/dev/null");
            }
        }
        else if (entry is SymlinkEntry && item.Path != path && UnitSet.SystemDirectories.Contains(item.Path.Parent) && UnitSet.NameOf(item.Path) is not null)
        {
            var up = string.Concat(Enumerable.Repeat("../", path.Depth - 1));
            File.CreateSymbolicLink(target, $"{up}{item.Path}");
        }
        else
        {
            WriteFile(file, target);
        }
    }

    private static void WriteFile(FileEntry file, string target)
    {
        if (file.Content.Length > UnitFile.MaximumSize)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)file.Content.Length);
        try
        {
            var read = file.Content.ReadStart(buffer.AsSpan(0, (int)file.Content.Length));
            using var handle = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(handle, buffer.AsSpan(0, read), 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
