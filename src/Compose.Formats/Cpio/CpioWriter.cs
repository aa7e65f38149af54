using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Cpio;

/// <summary>
/// Writes cpio archives in the new ASCII format ("newc", Linux's Documentation/driver-api/early-userspace/buffer-format.rst),
/// the one that the kernel unpacks as initramfs. Inode numbers count from 1 in the order of the tree; device numbers are 0.
/// </summary>
/// <remarks>
/// The format has no place for extended attributes: they are left out. Times before 1970 and after 2106 become the first and
/// the last that it can express.
/// </remarks>
public static class CpioWriter
{
    private const int HeaderSize = 110;
    private const int Alignment = 4;

    /// <summary>Archives end at a multiple of this, as GNU cpio writes them.</summary>
    private const int ArchiveAlignment = 512;

    /// <summary>The kernel's PATH_MAX, with the NUL: it skips longer names without a word.</summary>
    private const int MaximumNameSize = 4096;

    /// <summary>Every directory has its name and its <c>.</c>; nobody who unpacks an archive counts the directories in it.</summary>
    private const uint DirectoryLinkCount = 2;

    private const int BufferSize = 128 * 1024;

    private const uint TypeFifo = 0x1000;
    private const uint TypeCharacterDevice = 0x2000;
    private const uint TypeDirectory = 0x4000;
    private const uint TypeBlockDevice = 0x6000;
    private const uint TypeFile = 0x8000;
    private const uint TypeSymlink = 0xA000;
    private const uint TypeSocket = 0xC000;

    /// <summary>Writes an archive. The root is its first member, called <c>.</c>.</summary>
    /// <param name="tree">The files. Names of one inode share its number; its content is with the last of them.</param>
    /// <param name="output">Takes the archive from its position on.</param>
    /// <param name="cancellationToken">Ends the work with an exception.</param>
    /// <exception cref="DiagnosticException">COMPOSE4401: the format cannot hold one of the files.</exception>
    public static void Write(FileTree tree, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(output);

        // Headers are small: without a buffer each would be a call to the file or the compressor.
        var buffered = new BufferedStream(output, BufferSize);
        var archive = new Archive(buffered);
        var inodes = Inode.NumberAll(tree);
        foreach (var item in tree.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(archive, item, inodes[item.Entry], cancellationToken);
        }

        archive.WriteHeader(new Header { NameSize = (uint)"TRAILER!!!"u8.Length + 1, LinkCount = 1 });
        archive.WriteName("TRAILER!!!"u8);
        archive.Align(ArchiveAlignment);
        buffered.Flush();
    }

    private static void Write(Archive archive, TreeItem item, Inode inode, CancellationToken cancellationToken)
    {
        var name = item.Path.IsRoot ? "."u8 : item.Path.Bytes;
        if (name.Length + 1 > MaximumNameSize || name.SequenceEqual("TRAILER!!!"u8))
        {
            throw Refuse(item.Path, "its name is too long, or the one that ends an archive");
        }

        var metadata = item.Entry.Metadata;
        var isLast = --inode.NamesToCome == 0;
        var (type, length) = item.Entry switch
        {
            DirectoryEntry => (TypeDirectory, 0L),
            FileEntry file => (TypeFile, isLast ? file.Content.Length : 0),
            SymlinkEntry link => (TypeSymlink, link.Target.Length),
            DeviceEntry { Kind: DeviceKind.Character } => (TypeCharacterDevice, 0),
            DeviceEntry => (TypeBlockDevice, 0),
            FifoEntry => (TypeFifo, 0),
            SocketEntry => (TypeSocket, 0),
            _ => throw Refuse(item.Path, $"the format does not know a {item.Entry.GetType().Name}"),
        };
        if (length > uint.MaxValue)
        {
            throw Refuse(item.Path, "it is not smaller than 4 GiB");
        }

        var device = item.Entry as DeviceEntry;
        archive.WriteHeader(new Header
        {
            Inode = inode.Number,
            Mode = type | metadata.Permissions,
            UserId = metadata.UserId,
            GroupId = metadata.GroupId,
            LinkCount = type == TypeDirectory ? DirectoryLinkCount : inode.LinkCount,
            ModifiedTime = (uint)Math.Clamp(metadata.ModifiedTime, 0, uint.MaxValue),
            FileSize = (uint)length,
            DeviceMajor = device?.Major ?? 0,
            DeviceMinor = device?.Minor ?? 0,
            NameSize = (uint)name.Length + 1,
        });
        archive.WriteName(name);
        switch (item.Entry)
        {
            case FileEntry file when isLast:
                archive.WriteContent(file.Content, cancellationToken);
                break;
            case SymlinkEntry link:
                archive.WriteContent(new BytesContent(link.Target), cancellationToken);
                break;
        }
    }

    private static DiagnosticException Refuse(TreePath path, string reason) =>
        new(FormatDiagnostics.NotForCpio.Create($"'/{path}' cannot be in a cpio archive: {reason}.", path.ToString()));

    /// <summary>The number of an inode and how many names it has.</summary>
    private sealed class Inode(uint number)
    {
        public uint Number { get; } = number;

        public uint LinkCount { get; private set; }

        public uint NamesToCome { get; set; }

        public static Dictionary<TreeEntry, Inode> NumberAll(FileTree tree)
        {
            var inodes = new Dictionary<TreeEntry, Inode>(tree.Count, ReferenceEqualityComparer.Instance);
            foreach (var item in tree.Items)
            {
                if (!inodes.TryGetValue(item.Entry, out var inode))
                {
                    inodes.Add(item.Entry, inode = new Inode((uint)inodes.Count + 1));
                }

                inode.LinkCount++;
                inode.NamesToCome++;
            }

            return inodes;
        }
    }

    /// <summary>The fields of a member's header that are not always zero.</summary>
    private readonly record struct Header
    {
        public uint Inode { get; init; }

        public uint Mode { get; init; }

        public uint UserId { get; init; }

        public uint GroupId { get; init; }

        public uint LinkCount { get; init; }

        public uint ModifiedTime { get; init; }

        public uint FileSize { get; init; }

        public uint DeviceMajor { get; init; }

        public uint DeviceMinor { get; init; }

        /// <summary>With the NUL at its end.</summary>
        public uint NameSize { get; init; }
    }

    private sealed class Archive(Stream output)
    {
        private static readonly byte[] Zeros = new byte[ArchiveAlignment];

        private readonly byte[] _header = new byte[HeaderSize];
        private long _position;

        public void WriteHeader(in Header header)
        {
            "070701"u8.CopyTo(_header);
            var rest = _header.AsSpan(6);
            Put(ref rest, header.Inode);
            Put(ref rest, header.Mode);
            Put(ref rest, header.UserId);
            Put(ref rest, header.GroupId);
            Put(ref rest, header.LinkCount);
            Put(ref rest, header.ModifiedTime);
            Put(ref rest, header.FileSize);
            Put(ref rest, 0); // The device that holds the inode.
            Put(ref rest, 0);
            Put(ref rest, header.DeviceMajor);
            Put(ref rest, header.DeviceMinor);
            Put(ref rest, header.NameSize);
            Put(ref rest, 0); // The check sum, which this variant of the format does not have.
            Write(_header);
        }

        public void WriteName(ReadOnlySpan<byte> name)
        {
            Write(name);
            Write([0]);
            Align(Alignment);
        }

        public void WriteContent(FileContent content, CancellationToken cancellationToken)
        {
            content.CopyTo(output, cancellationToken);
            _position += content.Length;
            Align(Alignment);
        }

        public void Align(int grain) => Write(Zeros.AsSpan(0, (int)(-_position & (grain - 1))));

        private static void Put(ref Span<byte> rest, uint value)
        {
            value.TryFormat(rest, out var written, "X8", CultureInfo.InvariantCulture);
            rest = rest[written..];
        }

        private void Write(ReadOnlySpan<byte> bytes)
        {
            output.Write(bytes);
            _position += bytes.Length;
        }
    }
}
