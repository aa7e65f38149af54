namespace Compose.FileTrees;

/// <summary>
/// What stands at a path: an inode. Entries are compared by reference: two paths that hold the same
/// <see cref="TreeEntry"/> object are hard links to one inode, as on a Linux file system.
/// </summary>
public abstract class TreeEntry
{
    private protected TreeEntry(EntryMetadata metadata) => Metadata = metadata;

    /// <summary>Mode, owner, time and extended attributes.</summary>
    public EntryMetadata Metadata { get; }

    /// <summary>The same kind of entry and content with other metadata: a new inode.</summary>
    public abstract TreeEntry WithMetadata(EntryMetadata metadata);
}

/// <summary>A directory. What it holds are the tree's paths below it.</summary>
public sealed class DirectoryEntry(EntryMetadata metadata) : TreeEntry(metadata)
{
    /// <inheritdoc/>
    public override TreeEntry WithMetadata(EntryMetadata metadata) => new DirectoryEntry(metadata);
}

/// <summary>A regular file.</summary>
public sealed class FileEntry(EntryMetadata metadata, FileContent content) : TreeEntry(metadata)
{
    /// <summary>Where the file's bytes are.</summary>
    public FileContent Content { get; } = content;

    /// <inheritdoc/>
    public override TreeEntry WithMetadata(EntryMetadata metadata) => new FileEntry(metadata, Content);
}

/// <summary>A symbolic link.</summary>
public sealed class SymlinkEntry(EntryMetadata metadata, ReadOnlyMemory<byte> target) : TreeEntry(metadata)
{
    /// <summary>A link with the default metadata (mode 0777, root) to a target given as text.</summary>
    public SymlinkEntry(string target)
        : this(EntryMetadata.Symlink, System.Text.Encoding.UTF8.GetBytes(target))
    {
    }

    /// <summary>The link's text, as bytes; it may point anywhere.</summary>
    public ReadOnlyMemory<byte> Target { get; } = target;

    /// <inheritdoc/>
    public override TreeEntry WithMetadata(EntryMetadata metadata) => new SymlinkEntry(metadata, Target);
}

/// <summary>The kind of a <see cref="DeviceEntry"/>.</summary>
public enum DeviceKind
{
    /// <summary>A character device.</summary>
    Character,

    /// <summary>A block device.</summary>
    Block,
}

/// <summary>A device node.</summary>
public sealed class DeviceEntry(EntryMetadata metadata, DeviceKind kind, uint major, uint minor) : TreeEntry(metadata)
{
    /// <summary>Character or block.</summary>
    public DeviceKind Kind { get; } = kind;

    /// <summary>The major number (12 bits).</summary>
    public uint Major { get; } = major;

    /// <summary>The minor number (20 bits).</summary>
    public uint Minor { get; } = minor;

    /// <inheritdoc/>
    public override TreeEntry WithMetadata(EntryMetadata metadata) => new DeviceEntry(metadata, Kind, Major, Minor);
}

/// <summary>A named pipe.</summary>
public sealed class FifoEntry(EntryMetadata metadata) : TreeEntry(metadata)
{
    /// <inheritdoc/>
    public override TreeEntry WithMetadata(EntryMetadata metadata) => new FifoEntry(metadata);
}

/// <summary>A socket.</summary>
public sealed class SocketEntry(EntryMetadata metadata) : TreeEntry(metadata)
{
    /// <inheritdoc/>
    public override TreeEntry WithMetadata(EntryMetadata metadata) => new SocketEntry(metadata);
}
