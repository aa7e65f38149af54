using System.Buffers;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>
/// A folder of the build host with the units of a host, for a tool that reads folders: regular files, and links that stay
/// among them. Nothing else of the trees is written, and no name that a unit cannot have. Disposing deletes it.
/// </summary>
internal sealed class UnitRoot : IDisposable
{
    /// <summary>Linux keeps what is there in memory: on some file systems it takes a second to make 500 small files.</summary>
    private const string Memory = "/dev/shm";
    private const string Prefix = "compose-units-";

    private const int MaximumFiles = 20_000;
    private const long MaximumBytes = 32 * 1024 * 1024;

    private static readonly string[] LinkFolders = [".wants", ".requires", ".upholds"];

    private readonly MergedTree _host;
    private int _files;
    private long _bytes;

    private UnitRoot(MergedTree host, string folder) => (_host, Folder) = (host, folder);

    /// <summary>The folder, as an absolute path.</summary>
    public string Folder { get; }

    private bool IsFull => _files > MaximumFiles || _bytes > MaximumBytes;

    /// <summary>Writes the units of all layers.</summary>
    /// <param name="host">The layers.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Null when there are more than a tool should be given.</returns>
    public static UnitRoot? Write(MergedTree host, CancellationToken cancellationToken)
    {
        var root = new UnitRoot(host, CreateFolder());
        var isComplete = false;
        try
        {
            isComplete = root.WriteDirectories(cancellationToken);
            return isComplete ? root : null;
        }
        finally
        {
            if (!isComplete)
            {
                root.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Makes an empty folder that only this user can enter.</summary>
    private static string CreateFolder()
    {
        try
        {
            if (OperatingSystem.IsLinux() && Directory.Exists(Memory))
            {
                return Directory.CreateDirectory(
                    Path.Combine(Memory, Prefix + Path.GetRandomFileName()), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where it may not be used, the disk has to do.
        }

        return Directory.CreateTempSubdirectory(Prefix).FullName;
    }

    private bool WriteDirectories(CancellationToken cancellationToken)
    {
        foreach (var directory in UnitFolders.System)
        {
            var target = Directory.CreateDirectory(Path.Combine(Folder, directory.ToString())).FullName;
            foreach (var path in _host.Children(directory))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (IsFull)
                {
                    return false;
                }

                var name = TreePath.Describe(path.Name);
                if (!_host.TryGet(path, out var entry, out _))
                {
                    continue;
                }

                if (entry is DirectoryEntry)
                {
                    WriteFolder(path, name, Path.Combine(target, name));
                }
                else if (UnitName.IsValid(name))
                {
                    WriteUnit(path, entry, Path.Combine(target, name));
                }
            }
        }

        return !IsFull;
    }

    private void WriteFolder(TreePath folder, string name, string target)
    {
        var isDropIns = UnitSet.NameBefore(folder, ".d") is not null || (name.EndsWith(".d", StringComparison.Ordinal) && UnitName.IsType(name[..^2]));
        if (!isDropIns && LinkFolders.All(suffix => UnitSet.NameBefore(folder, suffix) is null))
        {
            return;
        }

        Directory.CreateDirectory(target);
        foreach (var path in _host.Children(folder))
        {
            if (IsFull)
            {
                return;
            }

            var file = TreePath.Describe(path.Name);
            if (isDropIns)
            {
                if (IsDropIn(file) && _host.Resolve(path) is { Entry: FileEntry dropIn })
                {
                    WriteFile(dropIn, Path.Combine(target, file));
                }
            }
            else if (UnitName.IsValid(file))
            {
                // Of a link only the name counts.
                WriteLink(Path.Combine(target, file), $"../{file}");
            }
        }
    }

    private static bool IsDropIn(string name) =>
        name.EndsWith(".conf", StringComparison.Ordinal) && name.Length <= 255 && name.All(c => c is > ' ' and < '\x7f' and not ('\\' or '/'));

    private void WriteUnit(TreePath path, TreeEntry entry, string target)
    {
        if (_host.Resolve(path) is not { Entry: FileEntry file } item)
        {
            if (entry is SymlinkEntry)
            {
                // A link that leads nowhere masks the unit.
                WriteLink(target, "/dev/null");
            }
        }
        else if (entry is SymlinkEntry && item.Path != path && UnitFolders.System.Contains(item.Path.Parent) && UnitSet.NameOf(item.Path) is not null)
        {
            WriteLink(target, $"{string.Concat(Enumerable.Repeat("../", path.Depth - 1))}{item.Path}");
        }
        else
        {
            WriteFile(file, target);
        }
    }

    private void WriteLink(string target, string text)
    {
        _files++;
        File.CreateSymbolicLink(target, text);
    }

    private void WriteFile(FileEntry file, string target)
    {
        _files++;
        _bytes += file.Content.Length;
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
