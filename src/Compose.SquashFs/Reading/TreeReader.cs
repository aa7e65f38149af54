namespace Compose.SquashFs.Reading;

/// <summary>An inode that the walk met for the first time.</summary>
/// <param name="Path">The first of its paths.</param>
/// <param name="Inode">The inode.</param>
/// <param name="Reference">Its place in the inode table.</param>
/// <param name="ParentNumber">The number of the directory it is in; its own for the root.</param>
/// <param name="Runs">The runs of a directory's listing, by their places in it, where it has an index and no fault.</param>
internal readonly record struct MetInode(
    TreePath Path,
    ImageInode Inode,
    ulong Reference,
    uint ParentNumber,
    Dictionary<long, ImageListingRun>? Runs = null);

/// <summary>
/// Walks an image from its root and makes a tree of it. The walk has its own stack and meets each directory once, so neither
/// depth nor cycles can hurt it.
/// </summary>
/// <param name="image">The image.</param>
/// <param name="onFault">Told of each fault, after which the walk goes on without what is damaged; null to end at the first.</param>
/// <param name="onInode">Told of each inode.</param>
internal sealed class TreeReader(SquashFsImage image, Action<ImageFault, TreePath>? onFault = null, Action<MetInode>? onInode = null)
{
    private readonly ReadBudget _budget = new(image.Options);
    private readonly List<TreeItem> _items = [];
    private readonly Stack<OpenDirectory> _open = new();

    /// <summary>Every inode met, by its number: a number met again is another name for it.</summary>
    private readonly Dictionary<uint, (ulong Reference, TreeEntry Entry)> _inodes = [];

    private EntryFactory? _factory;

    /// <summary>The number of inodes met.</summary>
    public int InodeCount => _inodes.Count;

    /// <exception cref="ImageFault">A limit is exceeded, or a table that every inode needs is damaged.</exception>
    /// <exception cref="DiagnosticException">There is a fault and nobody is told of faults.</exception>
    public FileTree Read(CancellationToken cancellationToken)
    {
        _factory = new EntryFactory(image, _budget);
        _budget.TakeEntry();
        var root = image.Inodes.Read(image.Superblock.RootInode);
        if (root.Kind != InodeKind.Directory)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, "the root is not a directory");
        }

        Enter(TreePath.Root, new MetInode(TreePath.Root, root, image.Superblock.RootInode, root.Number), cancellationToken);
        while (_open.TryPeek(out var directory))
        {
            if (directory.Next == directory.Entries.Count)
            {
                _open.Pop();
                continue;
            }

            var listed = directory.Entries[directory.Next++];
            var path = directory.Path.Child(listed.Name);
            try
            {
                Visit(path, listed, directory.Number, cancellationToken);
            }
            catch (ImageFault fault)
            {
                Report(fault, path);
            }
        }

        return FileTree.FromWalk([.. _items]);
    }

    private void Visit(TreePath path, ImageListingEntry listed, uint parent, CancellationToken cancellationToken)
    {
        if (_inodes.TryGetValue(listed.Number, out var known))
        {
            VisitAgain(path, listed, known.Reference, known.Entry);
            return;
        }

        var inode = image.Inodes.Read(listed.Reference);
        if (inode.Kind != listed.Kind || inode.Number != listed.Number)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedDirectory,
                $"the listing says that it is inode {listed.Number}, a {Describe(listed.Kind)}, and the inode there is {inode.Number}, a {Describe(inode.Kind)}");
        }

        if (_inodes.Count == image.Superblock.InodeCount)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedSuperblock, $"the image has more than the {image.Superblock.InodeCount} inodes that its superblock counts");
        }

        Enter(path, new MetInode(path, inode, listed.Reference, parent), cancellationToken);
    }

    private void VisitAgain(TreePath path, ImageListingEntry listed, ulong reference, TreeEntry entry)
    {
        if (reference != listed.Reference)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedDirectory, $"two inodes have the number {listed.Number}");
        }

        if (entry is DirectoryEntry)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedDirectory, "the directory is in the tree already; a directory has one place");
        }

        _items.Add(new TreeItem(path, entry));
    }

    private void Enter(TreePath path, MetInode met, CancellationToken cancellationToken)
    {
        var entry = _factory!.Make(met.Inode, path);
        _inodes.Add(met.Inode.Number, (met.Reference, entry));
        _items.Add(new TreeItem(path, entry));
        if (entry is not DirectoryEntry)
        {
            onInode?.Invoke(met);
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (entries, runs) = ReadListing(path, met.Inode.Listing);
        _open.Push(new OpenDirectory(path, met.Inode.Number, entries));
        onInode?.Invoke(met with { Runs = runs });
    }

    private (List<ImageListingEntry> Entries, Dictionary<long, ImageListingRun>? Runs) ReadListing(TreePath path, ImageListing listing)
    {
        var entries = new List<ImageListingEntry>();
        var runs = onInode is null || listing.IndexCount == 0 ? null : new Dictionary<long, ImageListingRun>();
        try
        {
            foreach (var entry in image.Listings.Read(listing, runs is null ? null : run => runs.Add(run.ListingOffset, run)))
            {
                var length = path.Bytes.Length + (path.IsRoot ? 0 : 1) + entry.Name.Length;
                _budget.TakeEntry();
                _budget.TakeName(length);
                _budget.CheckPath(_open.Count + 1, length);
                entries.Add(entry);
            }
        }
        catch (ImageFault fault)
        {
            Report(fault, path);
            runs = null;
        }

        return (entries, runs);
    }

    private void Report(ImageFault fault, TreePath path)
    {
        // What is beyond a limit ends the walk: the rest would be beyond it too.
        if (onFault is null || fault.Descriptor == SquashFsDiagnostics.ReadLimitExceeded)
        {
            throw fault.ToException(image.Name, path);
        }

        onFault(fault, path);
    }

    private static string Describe(InodeKind kind) => kind switch
    {
        InodeKind.Directory => "directory",
        InodeKind.File => "file",
        InodeKind.Symlink => "symbolic link",
        InodeKind.BlockDevice => "block device",
        InodeKind.CharacterDevice => "character device",
        InodeKind.Fifo => "fifo",
        _ => "socket",
    };

    /// <summary>A directory that the walk is in.</summary>
    private sealed record OpenDirectory(TreePath Path, uint Number, List<ImageListingEntry> Entries)
    {
        public int Next { get; set; }
    }
}
