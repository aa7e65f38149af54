using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Tar;

/// <summary>Checks the entries of one archive against each other while it makes a tree of them.</summary>
internal sealed class TarTreeBuilder(string archive, ArchiveLimits limits, ArchiveRules rules)
{
    private readonly FileTreeBuilder _builder = new();
    private int _entries;

    /// <summary>Takes an entry.</summary>
    /// <returns>Whether it is a file: its content has to be read and given to <see cref="Add"/>.</returns>
    public bool Accept(TarEntry entry, out TreePath path)
    {
        if (++_entries > limits.Entries)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"it holds more than the {limits.Entries} entries that are allowed");
        }

        path = Path(entry, entry.Name.Span);
        CheckPlace(entry, path);
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
                if (entry.LinkName.IsEmpty)
                {
                    throw Bad(ArchiveDiagnostics.Malformed, $"'{entry}' is a symbolic link without a target");
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

    public void Add(TreePath path, TreeEntry entry) => _builder.Set(path, entry);

    public FileTree Build() => _builder.Build();

    private TreePath Path(TarEntry entry, ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'/', ..])
        {
            throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' has an absolute path");
        }

        if (!TreePath.TryParse(name, out var path))
        {
            throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' names '{TreePath.Describe(name)}', which leads out of the archive");
        }

        return path.Depth <= limits.Depth
            ? path
            : throw Bad(ArchiveDiagnostics.TooLarge, $"a path has more than the {limits.Depth} components that are allowed");
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
                    throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' lies below '{parent}', which is a symbolic link in the same archive");
                case not null:
                    throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' lies below '{parent}', which is not a directory");
                default:
                    // A directory that the archive leaves out. Keeping it makes a link of the same name later an error.
                    _builder.Set(parent, new DirectoryEntry(EntryMetadata.Directory));
                    break;
            }
        }
    }

    /// <summary>Follows the names of a relative target: it must not climb out of the archive on its way.</summary>
    private void CheckLink(TarEntry entry, TreePath path)
    {
        var target = entry.LinkName.Span;
        if (rules.AllowLinksAboveRoot || target[0] == (byte)'/')
        {
            return;
        }

        var depth = path.Depth - 1;
        foreach (var range in target.Split((byte)'/'))
        {
            var component = target[range];
            depth += component.IsEmpty || component.SequenceEqual("."u8) ? 0 : component.SequenceEqual(".."u8) ? -1 : 1;
            if (depth < 0)
            {
                throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' is a symbolic link to '{TreePath.Describe(target)}', which leads out of the archive");
            }
        }
    }

    private TreeEntry Target(TarEntry entry)
    {
        var target = Path(entry, entry.LinkName.Span);
        return _builder[target] switch
        {
            null => throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' is a hard link to '{target}', which does not stand before it"),
            DirectoryEntry => throw Bad(ArchiveDiagnostics.Contradiction, $"'{entry}' is a hard link to the directory '{target}'"),
            var inode => inode,
        };
    }

    private DiagnosticException Bad(DiagnosticDescriptor descriptor, string reason) =>
        new(descriptor.Create($"{archive} is refused: {reason}."));
}
