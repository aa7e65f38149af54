using Compose.SquashFs.Codecs;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Metadata;

/// <summary>
/// Writes every inode and listing. What a directory holds comes before the directory, as its listing says where each inode
/// is and its inode where the listing is.
/// </summary>
internal sealed class InodeWriter(InodePlan plan, InodeAttributes attributes, DataPlan data, IBlockCodec codec)
{
    private readonly InodeLocation?[] _locations = new InodeLocation?[plan.Count];

    public InodeTable Inodes { get; } = new(codec);

    public DirectoryTable Directories { get; } = new(codec);

    /// <summary>Where the root directory's inode is.</summary>
    public ulong RootReference => _locations[0]!.Value.Position.Reference;

    /// <summary>Writes all.</summary>
    public void Write(CancellationToken cancellationToken)
    {
        // In post-order without recursion, as trees may be deep: a directory is written when the walk has left it.
        var open = new Stack<int>();
        for (var item = 0; item < plan.Tree.Count; item++)
        {
            while (item > 0 && open.Peek() != plan.ParentOf(item))
            {
                WriteDirectory(open.Pop());
            }

            if (plan.Tree.Items[item].Entry is DirectoryEntry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                open.Push(item);
            }
        }

        while (open.TryPop(out var directory))
        {
            WriteDirectory(directory);
        }
    }

    /// <summary>Makes the table from inode numbers to inodes.</summary>
    public MetadataWriter MakeExportTable()
    {
        var table = new MetadataWriter(codec);
        foreach (var location in _locations)
        {
            table.WriteUInt64(location!.Value.Position.Reference);
        }

        return table;
    }

    private void WriteDirectory(int item)
    {
        var children = plan.ChildrenOf(item);
        var entries = new DirectoryListingEntry[children.Length];
        for (var i = 0; i < children.Length; i++)
        {
            var inode = plan.InodeOf(children[i]);
            var location = _locations[inode] ??= AddFile(inode);
            entries[i] = new DirectoryListingEntry(NameOf(children[i]), location);
        }

        var listing = Directories.Add(entries);
        var number = plan.InodeOf(item);
        _locations[number] = Inodes.AddDirectory(attributes.HeaderOf(number), listing, ParentNumber(item));
    }

    private byte[] NameOf(int item) => plan.Tree.Items[item].Path.Name.ToArray();

    /// <summary>The root's parent is, as other writers have it, a number that no inode has.</summary>
    private uint ParentNumber(int item) => item == 0 ? (uint)plan.Count + 1 : (uint)plan.InodeOf(plan.ParentOf(item)) + 1;

    private InodeLocation AddFile(int inode)
    {
        var header = attributes.HeaderOf(inode);
        return plan.EntryOf(inode) switch
        {
            FileEntry => Inodes.AddFile(header, data.LayoutOf(inode), data.BlockSize),
            SymlinkEntry link => Inodes.AddSymlink(header, link.Target.Span),
            DeviceEntry device => Inodes.AddDevice(header, device),
            FifoEntry => Inodes.AddEndpoint(header, InodeKind.Fifo),
            SocketEntry => Inodes.AddEndpoint(header, InodeKind.Socket),
            var entry => throw new NotSupportedException($"Squashfs has no inode for {entry.GetType()}."),
        };
    }
}
