using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Formats.Tar;

/// <summary>Checks the entries of one archive against each other while it makes a tree of them.</summary>
internal sealed class TarTreeBuilder(string archive, ArchiveLimits limits, ArchiveRules rules)
{
    /// <summary>What an extended attribute takes in memory besides its bytes.</summary>
    private const int AttributeOverhead = 64;

    /// <summary>The longest target of a symbolic link that Linux allows (PATH_MAX, without the NUL).</summary>
    private const int MaximumTarget = 4095;

    private readonly FileTreeBuilder _builder = new();
    private int _entries;
    private long _nameBytes;

    /// <summary>Takes an entry.</summary>
    /// <returns>Whether it is a file: its content has to be read and given to <see cref="Add"/>.</returns>
    public bool Accept(TarEntry entry, out TreePath path)
    {
        path = Check(entry);
        switch (entry.Kind)
        {
            case TarEntryKind.File:
                return entry.Length <= limits.UnpackedBytes
                    ? true
                    : throw Bad(ArchiveDiagnostics.TooLarge, $"'{entry}' claims {entry.Length} bytes");
            case TarEntryKind.HardLink:
                Add(path, Target(entry));
                break;
            case TarEntryKind.Symlink:
                if (entry.LinkName.Length is 0 or > MaximumTarget)
                {
                    throw Bad(ArchiveDiagnostics.Malformed, $"'{entry}' is a symbolic link with a target of {entry.LinkName.Length} bytes; Linux allows 1 to {MaximumTarget}");
                }

                CheckLink(entry, path);
                Add(path, new SymlinkEntry(entry.Metadata, entry.LinkName));
                break;
            case TarEntryKind.Directory:
                Add(path, new DirectoryEntry(entry.Metadata));
                break;
            case TarEntryKind.Fifo or TarEntryKind.BlockDevice or TarEntryKind.CharacterDevice when !rules.AllowDevices:
                throw Bad(ArchiveDiagnostics.NotAllowed, $"'{entry}' is a device or a named pipe");
            case TarEntryKind.Fifo:
                Add(path, new FifoEntry(entry.Metadata));
                break;
            default:
                var kind = entry.Kind == TarEntryKind.BlockDevice ? DeviceKind.Block : DeviceKind.Character;
                Add(path, new DeviceEntry(entry.Metadata, kind, entry.DeviceMajor, entry.DeviceMinor));
                break;
        }

        return false;
    }

    /// <summary>Takes an entry's place in the tree, which then holds an empty file: the caller knows what stands there.</summary>
    public TreePath Reserve(TarEntry entry)
    {
        var path = Check(entry);
        Add(path, new FileEntry(entry.Metadata, new BytesContent(ReadOnlyMemory<byte>.Empty)));
        return path;
    }

    /// <summary>Whether something stands at the path so far.</summary>
    public bool Contains(TreePath path) => _builder[path] is not null;

    public void Add(TreePath path, TreeEntry entry) => _builder.Set(path, entry);

    public FileTree Build() => _builder.Build();

    /// <summary>Counts an entry, or a directory that the archive leaves out.</summary>
    private void CountEntry(TarEntry entry)
    {
        if (++_entries > limits.Entries)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"with '{entry}' it holds more than the {limits.Entries} entries that are allowed");
        }
    }

    /// <summary>Names are kept in memory, and compress well.</summary>
    private void CountNames(TarEntry entry, long bytes)
    {
        _nameBytes += bytes;
        if (_nameBytes > limits.NameBytes)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"with '{entry}' its names and attributes have more than the {limits.NameBytes} bytes that are allowed");
        }
    }

    private TreePath Check(TarEntry entry)
    {
        CountEntry(entry);
        CountNames(entry, entry.Name.Length + entry.LinkName.Length);
        for (var i = 0; i < entry.Metadata.ExtendedAttributes.Count; i++)
        {
            var attribute = entry.Metadata.ExtendedAttributes[i];
            CountNames(entry, AttributeOverhead + attribute.Name.Length + attribute.Value.Length);
        }

        var path = Path(entry, entry.Name.Span);
        CheckPlace(entry, path);
        return path;
    }

    private TreePath Path(TarEntry entry, ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'/', ..])
        {
            throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' has an absolute path");
        }

        if (!TreePath.TryParse(name, out var path))
        {
            throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' names '{TarEntry.Describe(name)}', which leads out of the archive");
        }

        return path.Depth <= limits.Depth
            ? path
            : throw Bad(ArchiveDiagnostics.TooLarge, $"'{entry}' has a path of more than the {limits.Depth} components that are allowed");
    }

    private void CheckPlace(TarEntry entry, TreePath path)
    {
        if (_builder[path] is { } existing)
        {
            // Writers may name a directory again; the last one counts, as it does for tar.
            if (existing is DirectoryEntry != (entry.Kind == TarEntryKind.Directory))
            {
                throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' is both a directory and something else");
            }

            if (existing is not DirectoryEntry)
            {
                throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' occurs twice");
            }
        }

        if (path.IsRoot)
        {
            if (entry.Kind != TarEntryKind.Directory)
            {
                throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' would replace the root directory");
            }

            return;
        }

        CheckParents(entry, path);
    }

    private void CheckParents(TarEntry entry, TreePath path)
    {
        for (var parent = path.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            switch (_builder[parent])
            {
                case DirectoryEntry:
                    return;
                case SymlinkEntry:
                    throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' lies below '{TarEntry.Describe(parent.Bytes)}', which is a symbolic link in the same archive");
                case not null:
                    throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' lies below '{TarEntry.Describe(parent.Bytes)}', which is not a directory");
                default:
                    // A directory that the archive leaves out. Keeping it makes a link of the same name later an error.
                    CountEntry(entry);
                    CountNames(entry, parent.Bytes.Length);
                    _builder.Set(parent, new DirectoryEntry(EntryMetadata.Directory));
                    break;
            }
        }
    }

    /// <summary>A relative target must not climb out of the archive on its way; an absolute one names a place in the image.</summary>
    private void CheckLink(TarEntry entry, TreePath path)
    {
        var target = entry.LinkName.Span;
        if (!rules.AllowLinksAboveRoot && target[0] != (byte)'/' && TreeLinks.ClimbsAboveRoot(path, target))
        {
            throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' is a symbolic link to '{TarEntry.Describe(target)}', which leads out of the archive");
        }
    }

    private TreeEntry Target(TarEntry entry)
    {
        var target = Path(entry, entry.LinkName.Span);
        return _builder[target] switch
        {
            null => throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' is a hard link to '{TarEntry.Describe(target.Bytes)}', which does not stand before it"),
            DirectoryEntry => throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' is a hard link to the directory '{TarEntry.Describe(target.Bytes)}'"),
            var inode => inode,
        };
    }

    private DiagnosticException Bad(DiagnosticDescriptor descriptor, string reason) =>
        new(descriptor.Create($"{archive} is refused: {reason}."));
}
