using System.Text;
using Compose.FileTrees.HostFiles.Linux;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.HostFiles;

/// <summary>
/// Reads folders of the build host with all that the host knows of them: owners, modes, times, extended attributes, hard
/// links, devices, pipes, sockets, and names that are not UTF-8.
/// </summary>
/// <remarks>
/// This needs Linux. Elsewhere .NET shows none of it, and a folder is read as <see cref="HostDirectory.Read"/> does: it is
/// root's, with plain modes and time 0.
/// </remarks>
public sealed class HostTree
{
    private readonly byte[] _root;
    private readonly IReadOnlyCollection<Glob> _exclude;
    private readonly CancellationToken _cancellationToken;
    private readonly List<TreeItem> _items = [];
    private readonly Dictionary<(uint Major, uint Minor, ulong Inode), TreeEntry> _linked = [];
    private byte[] _buffer = new byte[4096];

    private HostTree(string directory, IReadOnlyCollection<Glob> exclude, CancellationToken cancellationToken)
    {
        _root = Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        _exclude = exclude;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Reads a folder. Files are listed and not opened; symbolic links below it are not followed.</summary>
    /// <param name="directory">The folder; it may be a symbolic link to one.</param>
    /// <param name="exclude">What is left out with all below it. Folders that are left out are not entered.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">Something in the folder cannot be read (COMPOSE4910).</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static FileTree Read(string directory, IReadOnlyCollection<Glob> exclude, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"'{directory}' is not a folder.");
        }

        if (!OperatingSystem.IsLinux())
        {
            return HostDirectory.Read(directory).Where(item => !IsExcluded(item.Path, exclude));
        }

        try
        {
            // The root alone may be a symbolic link: with a slash behind it, it is followed.
            var tree = new HostTree(directory, exclude, cancellationToken);
            byte[] root = [.. tree._root, (byte)'/', 0];
            tree._items.Add(new TreeItem(TreePath.Root, tree.ReadEntry(LinuxCalls.GetStatus(root, followLink: false), root, TreePath.Root)));
            tree.ReadDirectory(TreePath.Root, root);
            return new FileTree([.. tree._items]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(
                StorageDiagnostics.UnreadableHostFolder.Create($"The folder '{directory}' cannot be read. {e.Message} Nothing may change in it meanwhile."), e);
        }
    }

    private static bool IsExcluded(TreePath path, IReadOnlyCollection<Glob> exclude)
    {
        foreach (var pattern in exclude)
        {
            if (pattern.Matches(path))
            {
                return true;
            }
        }

        return false;
    }

    private void ReadDirectory(TreePath path, byte[] hostPath)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        using var directory = new DirectoryStream(hostPath);
        foreach (var name in directory.ReadSortedNames())
        {
            var child = path.Child(name.AsSpan(..^1));
            if (IsExcluded(child, _exclude))
            {
                continue;
            }

            byte[] childPath = [.. _root, (byte)'/', .. child.Bytes, 0];
            var status = LinuxCalls.GetStatus(directory, name, childPath);
            _items.Add(new TreeItem(child, FindOrRead(status, childPath, child)));
            if (status.Type == FileType.Directory)
            {
                ReadDirectory(child, childPath);
            }
        }
    }

    private TreeEntry FindOrRead(in FileStatus status, byte[] hostPath, TreePath path)
    {
        if (status.LinkCount < 2 || status.Type == FileType.Directory)
        {
            return ReadEntry(status, hostPath, path);
        }

        var identity = (status.DeviceMajor, status.DeviceMinor, status.Inode);
        if (!_linked.TryGetValue(identity, out var entry))
        {
            entry = ReadEntry(status, hostPath, path);
            _linked.Add(identity, entry);
        }

        return entry;
    }

    private TreeEntry ReadEntry(in FileStatus status, byte[] hostPath, TreePath path)
    {
        var metadata = new EntryMetadata
        {
            Permissions = (ushort)(status.Mode & EntryMetadata.PermissionMask),
            UserId = status.UserId,
            GroupId = status.GroupId,
            ModifiedTime = status.ModifiedTime,
            ExtendedAttributes = ReadAttributes(hostPath),
        };
        return status.Type switch
        {
            FileType.Directory => new DirectoryEntry(metadata),
            FileType.Regular => new FileEntry(metadata, new LinuxFileContent(_root, path, (long)status.Size)),
            FileType.Symlink => new SymlinkEntry(metadata, LinuxCalls.ReadLink(hostPath)),
            FileType.CharacterDevice => new DeviceEntry(metadata, DeviceKind.Character, status.SpecialMajor, status.SpecialMinor),
            FileType.BlockDevice => new DeviceEntry(metadata, DeviceKind.Block, status.SpecialMajor, status.SpecialMinor),
            FileType.Fifo => new FifoEntry(metadata),
            FileType.Socket => new SocketEntry(metadata),
            var type => throw new IOException($"'{path}' is of the unknown type 0x{(int)type:x}."),
        };
    }

    private ExtendedAttributes ReadAttributes(byte[] hostPath)
    {
        var names = LinuxCalls.ListAttributes(hostPath, ref _buffer);
        if (names.IsEmpty)
        {
            return ExtendedAttributes.Empty;
        }

        // A copy: the values are read into the same buffer.
        var attributes = new List<ExtendedAttribute>();
        ReadOnlySpan<byte> rest = names.ToArray();
        while (!rest.IsEmpty)
        {
            var name = rest[..(rest.IndexOf((byte)0) + 1)];
            rest = rest[name.Length..];
            if (LinuxCalls.GetAttribute(hostPath, name, ref _buffer) is { } value)
            {
                attributes.Add(new ExtendedAttribute(Encoding.UTF8.GetString(name[..^1]), value));
            }
        }

        return new ExtendedAttributes(attributes);
    }
}
