using System.Text;
using Compose.FileTrees.HostFiles.Linux;

namespace Compose.FileTrees.HostFiles;

/// <summary>Reads what the names in a folder of the build host stand for, on Linux.</summary>
/// <param name="root">The folder's path, without a slash at its end.</param>
internal sealed class HostEntryReader(byte[] root)
{
    /// <summary>How large a buffer is at first; it grows for long attributes.</summary>
    public const int BufferSize = 4096;

    /// <summary>
    /// The path on the host, ended by a NUL. The root alone may be a symbolic link: with a slash behind it, it is followed.
    /// </summary>
    public byte[] HostPath(TreePath path) => [.. root, (byte)'/', .. path.Bytes, 0];

    /// <summary>The folder itself.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TreeEntry ReadRoot()
    {
        var buffer = new byte[BufferSize];
        var path = HostPath(TreePath.Root);
        return Read(LinuxCalls.GetStatus(path, followLink: false), path, TreePath.Root, ref buffer);
    }

    /// <summary>What a name stands for.</summary>
    /// <param name="status">What the system tells of it.</param>
    /// <param name="hostPath">Its <see cref="HostPath"/>.</param>
    /// <param name="path">Its path in the tree.</param>
    /// <param name="buffer">Memory to work in.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TreeEntry Read(in FileStatus status, byte[] hostPath, TreePath path, ref byte[] buffer)
    {
        var metadata = new EntryMetadata
        {
            Permissions = (ushort)(status.Mode & EntryMetadata.PermissionMask),
            UserId = status.UserId,
            GroupId = status.GroupId,
            ModifiedTime = status.ModifiedTime,
            ExtendedAttributes = ReadAttributes(hostPath, ref buffer),
        };
        return status.Type switch
        {
            FileType.Directory => new DirectoryEntry(metadata),
            FileType.Regular => new FileEntry(metadata, new LinuxFileContent(root, path, (long)status.Size)),
            FileType.Symlink => new SymlinkEntry(metadata, LinuxCalls.ReadLink(hostPath)),
            FileType.CharacterDevice => new DeviceEntry(metadata, DeviceKind.Character, status.SpecialMajor, status.SpecialMinor),
            FileType.BlockDevice => new DeviceEntry(metadata, DeviceKind.Block, status.SpecialMajor, status.SpecialMinor),
            FileType.Fifo => new FifoEntry(metadata),
            FileType.Socket => new SocketEntry(metadata),
            var type => throw new IOException($"'{path}' is of the unknown type 0x{(int)type:x}."),
        };
    }

    private static ExtendedAttributes ReadAttributes(byte[] hostPath, ref byte[] buffer)
    {
        var names = LinuxCalls.ListAttributes(hostPath, ref buffer);
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
            if (LinuxCalls.GetAttribute(hostPath, name, ref buffer) is { } value)
            {
                attributes.Add(new ExtendedAttribute(Encoding.UTF8.GetString(name[..^1]), value));
            }
        }

        return new ExtendedAttributes(attributes);
    }
}
