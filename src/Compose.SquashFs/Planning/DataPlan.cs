using Compose.FileTrees.Storage;

namespace Compose.SquashFs.Planning;

/// <summary>
/// Which contents are read, in which order, and which of them can be duplicates: all from sizes, before anything is read.
/// </summary>
internal sealed class DataPlan
{
    private readonly FileLayout?[] _layoutOfInode;
    private readonly List<FileLayout> _layouts = [];
    private readonly List<FileLayout> _unknown = [];

    /// <summary>Makes the plan.</summary>
    /// <param name="inodes">The inodes.</param>
    /// <param name="options">How the image is written.</param>
    /// <param name="digests">What is known of contents that were read for an earlier image; null without a cache.</param>
    public DataPlan(InodePlan inodes, SquashFsOptions options, ChunkDigests? digests)
    {
        BlockSize = options.BlockSize;
        KeepsSparse = options.KeepSparse;
        _layoutOfInode = new FileLayout?[inodes.Count];
        var known = new Dictionary<object, FileLayout>();
        foreach (var inode in InodeOrder(inodes, options.SortList))
        {
            if (inodes.EntryOf(inode) is not FileEntry file || file.Content.Length == 0)
            {
                continue;
            }

            TotalLength += file.Content.Length;
            object identity = file.Content is BlobContent blob ? blob.Digest : file.Content;
            if (options.FindDuplicates && known.TryGetValue(identity, out var layout))
            {
                KnownDuplicates++;
            }
            else
            {
                layout = Append(inodes, inodes.ItemOf(inode), file.Content, options.Fragments, digests?.Find(file.Content));
                known[identity] = layout;
            }

            _layoutOfInode[inode] = layout;
        }

        if (options.FindDuplicates)
        {
            FindPossibleDuplicates();
        }
    }

    public int BlockSize { get; }

    /// <summary>Whether blocks of zeros are not stored.</summary>
    public bool KeepsSparse { get; }

    /// <summary>The contents in the order in which they are written.</summary>
    public IReadOnlyList<FileLayout> Layouts => _layouts;

    /// <summary>The sum of the sizes of all file inodes.</summary>
    public long TotalLength { get; private set; }

    /// <summary>The contents that have to be read before anything can be decided on them, in order.</summary>
    public IReadOnlyList<FileLayout> Unknown => _unknown;

    /// <summary>The sum of the sizes of <see cref="Layouts"/>.</summary>
    public long TakenLength { get; private set; }

    /// <summary>File inodes whose content was known to be another's without reading it.</summary>
    public int KnownDuplicates { get; }

    /// <summary>Where an inode's content lies; null for an empty file and for what is no file.</summary>
    public FileLayout? LayoutOf(int inode) => _layoutOfInode[inode];

    private static IEnumerable<int> InodeOrder(InodePlan inodes, SquashFsSortList? sortList)
    {
        var order = Enumerable.Range(0, inodes.Count);
        if (sortList is null)
        {
            return order;
        }

        // A file with several names has the highest priority that one of them is given.
        var priorities = new int?[inodes.Count];
        for (var item = 0; item < inodes.Tree.Count; item++)
        {
            var (path, entry) = inodes.Tree.Items[item];
            if (entry is FileEntry && sortList.Find(path) is { } priority)
            {
                ref var highest = ref priorities[inodes.InodeOf(item)];
                highest = Math.Max(highest ?? priority, priority);
            }
        }

        // This sort keeps the order of equals.
        return order.OrderByDescending(inode => priorities[inode] ?? 0);
    }

    private FileLayout Append(InodePlan inodes, int item, FileContent content, SquashFsFragments fragments, Sha256Digest[]? digests)
    {
        if (content.Length / BlockSize >= SquashFsFormat.MaximumBlocks)
        {
            throw new DiagnosticException(SquashFsDiagnostics.FileTooLarge.Create(
                $"'{inodes.Tree.Items[item].Path}' has {content.Length} bytes: more than {SquashFsFormat.MaximumBlocks} blocks of {BlockSize} bytes. Choose a larger block size or leave the file out."));
        }

        var layout = new FileLayout(item, content, BlockSize)
        {
            PacksTail = content.Length % BlockSize != 0 && fragments switch
            {
                SquashFsFragments.SmallFilesAndTails => true,
                SquashFsFragments.SmallFiles => content.Length < BlockSize,
                _ => false,
            },
            KnownDigests = digests,
        };
        _layouts.Add(layout);
        TakenLength += layout.Length;
        if (digests is null)
        {
            _unknown.Add(layout);
        }

        return layout;
    }

    private void FindPossibleDuplicates()
    {
        // The first of each size, until a second comes: then both are marked.
        var bySize = new Dictionary<long, FileLayout>();
        var byTail = new FileLayout?[BlockSize];
        foreach (var layout in _layouts)
        {
            if ((layout.Length >= BlockSize || !layout.PacksTail) && !bySize.TryAdd(layout.Length, layout))
            {
                layout.HashesBlocks = bySize[layout.Length].HashesBlocks = true;
            }

            if (!layout.PacksTail)
            {
                continue;
            }

            ref var first = ref byTail[layout.TailLength];
            if (first is null)
            {
                first = layout;
            }
            else
            {
                layout.HashesTail = first.HashesTail = true;
            }
        }
    }
}
