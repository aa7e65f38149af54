using System.Buffers;
using System.Text;
using Compose.FileTrees.HostFiles.Linux;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.HostFiles;

/// <summary>What of a tree could not be kept in a folder.</summary>
/// <param name="Owners">The names whose owner or group is another than the caller.</param>
/// <param name="Attributes">The names whose extended attributes were left out.</param>
/// <param name="Devices">The devices that were left out.</param>
/// <param name="SetIdBits">The files whose set-user-ID or set-group-ID bits were cleared.</param>
public readonly record struct HostTreeLosses(int Owners, int Attributes, int Devices, int SetIdBits);

/// <summary>
/// Writes trees as folders of the build host, with all that <see cref="HostTree"/> reads: hard links, times, pipes, sockets,
/// names that are not UTF-8, and as root owners, extended attributes and devices.
/// </summary>
/// <remarks>
/// Trees may come from strangers. Everything is made in a new folder that only the caller may enter, and a tree has nothing
/// below what is no directory: so no symbolic link of the tree is ever followed. Elsewhere than on Linux the folder is
/// written as <see cref="HostDirectoryWriter"/> does.
/// </remarks>
public sealed class HostTreeWriter
{
    private const int SetIdBits = 0xC00;
    private const int BufferSize = 256 * 1024;

    /// <summary>The grain of holes: the block size of the usual file systems.</summary>
    private const int HoleSize = 4096;

    private readonly FileTree _tree;
    private readonly byte[] _root;
    private readonly bool _keepOwners;
    private readonly IProgress<long>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<TreeEntry, TreePath> _written = new(ReferenceEqualityComparer.Instance);
    private HostTreeLosses _losses;
    private long _bytes;

    private HostTreeWriter(FileTree tree, string root, bool keepOwners, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        _tree = tree;
        _root = Encoding.UTF8.GetBytes(root);
        _keepOwners = keepOwners;
        _progress = progress;
        _cancellationToken = cancellationToken;
    }

    /// <summary>
    /// Writes the tree to a temporary folder beside <paramref name="directory"/>, which then takes its name. When this
    /// throws, nothing is left of it, and a folder that was there stays as it was.
    /// </summary>
    /// <param name="tree">The tree.</param>
    /// <param name="directory">The folder: missing, or empty unless it is replaced.</param>
    /// <param name="replace">Whether a folder that is there is deleted with all it holds.</param>
    /// <param name="keepOwners">
    /// Whether owners, extended attributes, devices and set-ID bits are kept, which needs root. Otherwise everything is the
    /// caller's, and programs of a stranger get nobody's rights.
    /// </param>
    /// <param name="progress">Told of the bytes written.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">COMPOSE4911: something else stands there. COMPOSE4904: an entry cannot be represented.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, or only root may keep owners.</exception>
    public static HostTreeLosses Write(
        FileTree tree, string directory, bool replace, bool keepOwners, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var parent = Path.GetDirectoryName(directory)
            ?? throw new DiagnosticException(StorageDiagnostics.FolderInTheWay.Create($"'{directory}' is the root of a file system. Name a folder in it."));
        if (!OperatingSystem.IsLinux())
        {
            return WriteElsewhere(tree, directory, replace, keepOwners, cancellationToken);
        }

        if (keepOwners && !LinuxCalls.IsRoot)
        {
            throw new UnauthorizedAccessException("Only root may give files to their owners.");
        }

        var hadFolder = CheckTarget(directory, replace);
        var temporary = Path.Combine(parent, $".{Path.GetFileName(directory)}.{Environment.ProcessId}.partial");
        var name = NullTerminated(temporary);
        if (LinuxCalls.TryGetStatus(name) is not null)
        {
            LinuxCalls.DeleteDirectory(name);
        }

        var writer = new HostTreeWriter(tree, temporary, keepOwners, progress, cancellationToken);
        try
        {
            writer.WriteAll();
            PutInPlace(name, directory, hadFolder);
            return writer._losses;
        }
        catch
        {
            if (LinuxCalls.TryGetStatus(name) is not null)
            {
                LinuxCalls.DeleteDirectory(name);
            }

            throw;
        }
    }

    private static HostTreeLosses WriteElsewhere(FileTree tree, string directory, bool replace, bool keepOwners, CancellationToken cancellationToken)
    {
        if (keepOwners)
        {
            throw new UnauthorizedAccessException("Owners can be kept on Linux only.");
        }

        if (File.Exists(directory) || (!replace && Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()))
        {
            throw InTheWay(directory);
        }

        var devices = tree.Count(item => item.Entry is DeviceEntry);
        HostDirectoryWriter.Write(tree.Where(item => item.Entry is not DeviceEntry), directory, cancellationToken);
        return new HostTreeLosses(0, 0, devices, 0);
    }

    /// <summary>Whether a folder is there that may be replaced.</summary>
    private static bool CheckTarget(string directory, bool replace)
    {
        var path = NullTerminated(directory);
        switch (LinuxCalls.TryGetStatus(path)?.Type)
        {
            case null:
                return false;
            case FileType.Directory when replace:
                return true;
            case FileType.Directory:
                using (var stream = new DirectoryStream(path))
                {
                    return stream.ReadSortedNames().Count == 0 ? true : throw InTheWay(directory);
                }

            default:
                throw new DiagnosticException(StorageDiagnostics.FolderInTheWay.Create($"'{directory}' is not a folder. Name one that does not exist."));
        }
    }

    private static DiagnosticException InTheWay(string directory) =>
        new(StorageDiagnostics.FolderInTheWay.Create($"The folder '{directory}' is not empty. Name another, or replace it with --force."));

    private static void PutInPlace(byte[] temporary, string directory, bool hadFolder)
    {
        var target = NullTerminated(directory);
        if (!hadFolder)
        {
            LinuxCalls.Rename(temporary, target);
            return;
        }

        // What was there goes when the new folder has its name: at no time is there half of either.
        var old = NullTerminated(Path.Combine(Path.GetDirectoryName(directory)!, $".{Path.GetFileName(directory)}.{Environment.ProcessId}.old"));
        LinuxCalls.Rename(target, old);
        try
        {
            LinuxCalls.Rename(temporary, target);
        }
        catch
        {
            LinuxCalls.Rename(old, target);
            throw;
        }

        LinuxCalls.DeleteDirectory(old);
    }

    private void WriteAll()
    {
        for (var i = 0; i < _tree.Count; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            WriteItem(_tree[i]);
        }

        // From the deepest up, as writing into a directory changes its time, and its mode may forbid it.
        for (var i = _tree.Count - 1; i >= 0; i--)
        {
            if (_tree[i].Entry is DirectoryEntry directory)
            {
                SetMetadata(HostName(_tree[i].Path), directory);
            }
        }
    }

    private void WriteItem(TreeItem item)
    {
        var path = HostName(item.Path);
        if (item.Entry is not DirectoryEntry)
        {
            if (_written.TryGetValue(item.Entry, out var first))
            {
                LinuxCalls.MakeLink(path, HostName(first));
                return;
            }

            _written.Add(item.Entry, item.Path);
        }

        switch (item.Entry)
        {
            case DirectoryEntry:
                LinuxCalls.MakeDirectory(path);
                return;
            case FileEntry file:
                WriteContent(file, path);
                break;
            case SymlinkEntry link:
                LinuxCalls.MakeSymlink(path, [.. link.Target.Span, 0]);
                break;
            case FifoEntry:
                LinuxCalls.MakeNode(path, FileType.Fifo);
                break;
            case SocketEntry:
                LinuxCalls.MakeNode(path, FileType.Socket);
                break;
            case DeviceEntry when !_keepOwners:
                // Not a first name for hard links either: each name is a device that is left out.
                _written.Remove(item.Entry);
                _losses = _losses with { Devices = _losses.Devices + 1 };
                return;
            case DeviceEntry device:
                LinuxCalls.MakeNode(
                    path, device.Kind == DeviceKind.Block ? FileType.BlockDevice : FileType.CharacterDevice, device.Major, device.Minor);
                break;
        }

        SetMetadata(path, item.Entry);
    }

    private void WriteContent(FileEntry file, byte[] path)
    {
        using var target = LinuxCalls.CreateFile(path);
        using var source = file.Content.OpenRead();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var length = 0L;
            for (int read; (read = source.Read(buffer)) > 0; length += read)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                if (read > file.Content.Length - length)
                {
                    throw new IOException($"A file has more than the {file.Content.Length} bytes that were promised.");
                }

                WriteAroundHoles(target, buffer.AsSpan(0, read), length);
                _bytes += read;
                _progress?.Report(_bytes);
            }

            if (length != file.Content.Length)
            {
                throw new IOException($"A file has {length} bytes, and {file.Content.Length} were promised.");
            }

            RandomAccess.SetLength(target, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Zeros are not written: the file is new, and an image of some kilobytes can hold terabytes of them.</summary>
    private static void WriteAroundHoles(Microsoft.Win32.SafeHandles.SafeFileHandle target, ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var data = 0;
            while (data < bytes.Length && Piece(bytes[data..], offset + data).ContainsAnyExcept((byte)0))
            {
                data += Piece(bytes[data..], offset + data).Length;
            }

            if (data > 0)
            {
                RandomAccess.Write(target, bytes[..data], offset);
            }

            var end = data < bytes.Length ? data + Piece(bytes[data..], offset + data).Length : data;
            bytes = bytes[end..];
            offset += end;
        }

        static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> rest, long position) =>
            rest[..Math.Min(rest.Length, HoleSize - (int)(position % HoleSize))];
    }

    private void SetMetadata(byte[] path, TreeEntry entry)
    {
        var metadata = entry.Metadata;
        var permissions = metadata.Permissions;
        if (_keepOwners)
        {
            // In this order, as giving a file away takes its set-ID bits and its capabilities.
            LinuxCalls.SetOwner(path, metadata.UserId, metadata.GroupId);
            foreach (var attribute in metadata.ExtendedAttributes)
            {
                LinuxCalls.SetAttribute(path, [.. Encoding.UTF8.GetBytes(attribute.Name), 0], attribute.Value.Span);
            }
        }
        else
        {
            var setId = entry is FileEntry or DirectoryEntry && (permissions & SetIdBits) != 0;
            _losses = _losses with
            {
                Owners = _losses.Owners + (metadata.UserId == LinuxCalls.UserId && metadata.GroupId == LinuxCalls.GroupId ? 0 : 1),
                Attributes = _losses.Attributes + (metadata.ExtendedAttributes.Count > 0 ? 1 : 0),
                SetIdBits = _losses.SetIdBits + (setId ? 1 : 0),
            };
            permissions = (ushort)(permissions & ~SetIdBits);
        }

        if (entry is not SymlinkEntry)
        {
            LinuxCalls.SetPermissions(path, permissions);
        }

        LinuxCalls.SetTime(path, metadata.ModifiedTime);
    }

    private byte[] HostName(TreePath path) => path.IsRoot ? [.. _root, 0] : [.. _root, (byte)'/', .. path.Bytes, 0];

    private static byte[] NullTerminated(string path) => [.. Encoding.UTF8.GetBytes(path), 0];
}
