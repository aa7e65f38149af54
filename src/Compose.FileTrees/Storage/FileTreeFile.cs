using System.Text;

namespace Compose.FileTrees.Storage;

/// <summary>
/// A tree as a file: paths, kinds and metadata, with the digests of file contents that a <see cref="ContentStore"/>
/// holds. It passes trees from one project's build to another's and keeps what was unpacked. The bytes depend on the
/// tree alone.
/// </summary>
public static class FileTreeFile
{
    private const int MaximumPath = 64 * 1024;
    private const int MaximumValue = 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "composetree1\n"u8;

    private enum Kind : byte
    {
        Directory,
        File,
        Symlink,
        CharacterDevice,
        BlockDevice,
        Fifo,
        Socket,
        HardLink,
    }

    /// <summary>Writes the tree.</summary>
    /// <exception cref="ArgumentException">A file's content is not in a store.</exception>
    public static void Write(FileTree tree, Stream output)
    {
        using var writer = new BinaryWriter(output, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write7BitEncodedInt(tree.Count);
        var seen = new Dictionary<TreeEntry, int>(ReferenceEqualityComparer.Instance);
        var previous = TreePath.Root;
        for (var i = 0; i < tree.Count; i++)
        {
            var (path, entry) = tree[i];
            WritePath(writer, previous, path);
            previous = path;
            if (entry is not DirectoryEntry && !seen.TryAdd(entry, i))
            {
                writer.Write((byte)Kind.HardLink);
                writer.Write7BitEncodedInt(seen[entry]);
                continue;
            }

            WriteEntry(writer, path, entry);
        }
    }

    /// <summary>Reads a tree that refers to contents of <paramref name="store"/>. Whether these exist is not checked.</summary>
    /// <exception cref="DiagnosticException">The file is damaged or of another version.</exception>
    public static FileTree Read(Stream input, ContentStore store)
    {
        using var reader = new BinaryReader(input, Encoding.UTF8, leaveOpen: true);
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
            {
                throw Bad("it does not begin as a tree file of this version does");
            }

            var count = reader.Read7BitEncodedInt();
            var items = new List<TreeItem>(Math.Clamp(count, 0, MaximumValue));
            var builder = new FileTreeBuilder();
            var previous = TreePath.Root;
            for (var i = 0; i < count; i++)
            {
                var path = ReadPath(reader, previous);
                if (i > 0 && path <= previous)
                {
                    throw Bad($"'{path}' is out of order");
                }

                var item = new TreeItem(path, ReadEntry(reader, items, store));
                items.Add(item);
                builder.Set(path, item.Entry);
                previous = path;
            }

            return builder.Build();
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException or InvalidFileTreeException)
        {
            throw Bad(e.Message, e);
        }
    }

    /// <summary>Writes the tree to a file, by a temporary name.</summary>
    public static void WriteFile(FileTree tree, string path) =>
        HostFiles.AtomicFile.Write(path, stream => Write(tree, stream));

    /// <summary>Reads the tree of a file.</summary>
    /// <exception cref="DiagnosticException">The file is damaged or of another version.</exception>
    public static FileTree ReadFile(string path, ContentStore store)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan);
        return Read(stream, store);
    }

    private static void WritePath(BinaryWriter writer, TreePath previous, TreePath path)
    {
        var common = previous.Bytes.CommonPrefixLength(path.Bytes);
        writer.Write7BitEncodedInt(common);
        WriteBytes(writer, path.Bytes[common..]);
    }

    private static TreePath ReadPath(BinaryReader reader, TreePath previous)
    {
        var common = reader.Read7BitEncodedInt();
        if (common < 0 || common > previous.Bytes.Length)
        {
            throw Bad("a path repeats more than the one before it has");
        }

        byte[] bytes = [.. previous.Bytes[..common], .. ReadBytes(reader, MaximumPath)];
        return TreePath.TryParse(bytes, out var path) && path.Bytes.SequenceEqual(bytes)
            ? path
            : throw Bad($"'{TreePath.Describe(bytes)}' is not a path");
    }

    private static void WriteEntry(BinaryWriter writer, TreePath path, TreeEntry entry)
    {
        var kind = entry switch
        {
            DirectoryEntry => Kind.Directory,
            FileEntry => Kind.File,
            SymlinkEntry => Kind.Symlink,
            DeviceEntry { Kind: DeviceKind.Character } => Kind.CharacterDevice,
            DeviceEntry => Kind.BlockDevice,
            FifoEntry => Kind.Fifo,
            _ => Kind.Socket,
        };
        writer.Write((byte)kind);
        var metadata = entry.Metadata;
        writer.Write(metadata.Permissions);
        writer.Write7BitEncodedInt64(metadata.UserId);
        writer.Write7BitEncodedInt64(metadata.GroupId);
        writer.Write(metadata.ModifiedTime);
        writer.Write7BitEncodedInt(metadata.ExtendedAttributes.Count);
        foreach (var attribute in metadata.ExtendedAttributes)
        {
            writer.Write(attribute.Name);
            WriteBytes(writer, attribute.Value.Span);
        }

        switch (entry)
        {
            case FileEntry { Content: BlobContent blob }:
                writer.Write(blob.Digest.Bytes);
                writer.Write7BitEncodedInt64(blob.Length);
                break;
            case FileEntry:
                throw new ArgumentException($"The content of '{path}' is not in a store.");
            case SymlinkEntry link:
                WriteBytes(writer, link.Target.Span);
                break;
            case DeviceEntry device:
                writer.Write7BitEncodedInt64(device.Major);
                writer.Write7BitEncodedInt64(device.Minor);
                break;
            default:
                break;
        }
    }

    private static TreeEntry ReadEntry(BinaryReader reader, List<TreeItem> before, ContentStore store)
    {
        var kind = (Kind)reader.ReadByte();
        if (kind == Kind.HardLink)
        {
            var index = reader.Read7BitEncodedInt();
            return index >= 0 && index < before.Count && before[index].Entry is not DirectoryEntry
                ? before[index].Entry
                : throw Bad("a hard link names no file before it");
        }

        var metadata = new EntryMetadata
        {
            Permissions = reader.ReadUInt16(),
            UserId = ReadUInt32(reader),
            GroupId = ReadUInt32(reader),
            ModifiedTime = reader.ReadInt64(),
            ExtendedAttributes = ReadAttributes(reader),
        };
        return kind switch
        {
            Kind.Directory => new DirectoryEntry(metadata),
            Kind.File => new FileEntry(metadata, ReadContent(reader, store)),
            Kind.Symlink => new SymlinkEntry(metadata, ReadBytes(reader, MaximumPath)),
            Kind.CharacterDevice => new DeviceEntry(metadata, DeviceKind.Character, ReadUInt32(reader), ReadUInt32(reader)),
            Kind.BlockDevice => new DeviceEntry(metadata, DeviceKind.Block, ReadUInt32(reader), ReadUInt32(reader)),
            Kind.Fifo => new FifoEntry(metadata),
            Kind.Socket => new SocketEntry(metadata),
            _ => throw Bad($"there is no entry of kind {(byte)kind}"),
        };
    }

    private static BlobContent ReadContent(BinaryReader reader, ContentStore store)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        reader.BaseStream.ReadExactly(digest);
        var length = reader.Read7BitEncodedInt64();
        return length >= 0 ? store.Reference(new Sha256Digest(digest), length) : throw Bad("a file has a negative length");
    }

    private static ExtendedAttributes ReadAttributes(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt();
        if (count == 0)
        {
            return ExtendedAttributes.Empty;
        }

        if (count is < 0 or > ushort.MaxValue)
        {
            throw Bad("an entry has too many extended attributes");
        }

        var attributes = new ExtendedAttribute[count];
        for (var i = 0; i < count; i++)
        {
            attributes[i] = new ExtendedAttribute(reader.ReadString(), ReadBytes(reader, MaximumValue));
        }

        return new ExtendedAttributes(attributes);
    }

    private static uint ReadUInt32(BinaryReader reader) =>
        reader.Read7BitEncodedInt64() is >= 0 and <= uint.MaxValue and var value ? (uint)value : throw Bad("a number is too large");

    private static void WriteBytes(BinaryWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader, int maximum)
    {
        var length = reader.Read7BitEncodedInt();
        if (length < 0 || length > maximum)
        {
            throw Bad("a value is too long");
        }

        var bytes = new byte[length];
        reader.BaseStream.ReadExactly(bytes);
        return bytes;
    }

    private static DiagnosticException Bad(string reason, Exception? inner = null) =>
        new(StorageDiagnostics.BadTreeFile.Create($"The tree file cannot be used: {reason}. Build again with -t:Rebuild to make it anew."), inner);
}
