using System.Runtime.InteropServices;
using Compose.FileTrees.HostFiles.Linux;

namespace Compose.FileTrees.HostFiles;

/// <summary>What a folder of the build host holds, on Linux.</summary>
/// <param name="path">Its path in the tree.</param>
internal sealed class HostListing(TreePath path)
{
    private readonly List<TreeItem> _items = [];
    private readonly List<(int Item, FileIdentity Identity)> _linked = [];
    private readonly List<(int Item, HostListing Listing)> _folders = [];

    /// <summary>The folders in it, in the order of their names, which are to be read too.</summary>
    public IEnumerable<HostListing> Folders => _folders.Select(folder => folder.Listing);

    /// <summary>Reads the folder, and not those in it.</summary>
    /// <param name="reader">Reads what a name stands for.</param>
    /// <param name="isExcluded">What to leave out.</param>
    /// <param name="buffer">Memory to work in.</param>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public void Read(HostEntryReader reader, Predicate<TreePath> isExcluded, ref byte[] buffer)
    {
        using var directory = new DirectoryStream(reader.HostPath(path));
        foreach (var name in directory.ReadSortedNames())
        {
            var child = path.Child(name.AsSpan(..^1));
            if (isExcluded(child))
            {
                continue;
            }

            var hostPath = reader.HostPath(child);
            var status = LinuxCalls.GetStatus(directory, name, hostPath);
            if (status.Type == FileType.Directory)
            {
                _folders.Add((_items.Count, new HostListing(child)));
            }
            else if (status.LinkCount > 1)
            {
                _linked.Add((_items.Count, new FileIdentity(status.DeviceMajor, status.DeviceMinor, status.Inode)));
            }

            _items.Add(new TreeItem(child, reader.Read(status, hostPath, child, ref buffer)));
        }
    }

    /// <summary>Adds what is in the folder and in those below it, in the order of a tree. Hard links get one entry.</summary>
    public void AddTo(List<TreeItem> items) => AddTo(items, []);

    private void AddTo(List<TreeItem> items, Dictionary<FileIdentity, TreeEntry> entries)
    {
        var (linked, folder) = (0, 0);
        for (var i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            if (linked < _linked.Count && _linked[linked].Item == i)
            {
                ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(entries, _linked[linked++].Identity, out _);
                first ??= item.Entry;
                item = new TreeItem(item.Path, first);
            }

            items.Add(item);
            if (folder < _folders.Count && _folders[folder].Item == i)
            {
                _folders[folder++].Listing.AddTo(items, entries);
            }
        }
    }

    /// <summary>What all names of a file have in common.</summary>
    private readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
}
