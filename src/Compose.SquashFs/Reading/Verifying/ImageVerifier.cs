namespace Compose.SquashFs.Reading.Verifying;

/// <summary>
/// Reads everything of an image and reports what is wrong: first names and inodes, with what only other readers need (parents,
/// the export table, indexes of directories), then each block once.
/// </summary>
internal sealed class ImageVerifier(SquashFsImage image, IDiagnosticReporter reporter, IProgress<SquashFsProgress>? progress)
{
    private readonly ProblemList _problems = new(image, reporter);
    private readonly List<TreePath> _paths = [];
    private readonly StoredBlocks _blocks = new();
    private readonly TailEnds _tails = new();
    private readonly BlockVerifier _verifier = new(image, progress);
    private IndexedTable? _exportTable;
    private int _inodes;
    private bool _isComplete = true;

    public SquashFsVerification Run(CancellationToken cancellationToken)
    {
        try
        {
            VerifyTree(cancellationToken);
            ListFragments();
            var blocks = _blocks.Sort(ReportOverlap);
            foreach (var (block, fault) in _verifier.Run(blocks, _tails, cancellationToken))
            {
                ReportBlock(block, fault);
            }
        }
        catch (TooManyProblemsException)
        {
            _isComplete = false;
        }

        return new SquashFsVerification(
            _problems.Count, _isComplete, _inodes, _verifier.Blocks, _verifier.Fragments, _verifier.Bytes);
    }

    private void VerifyTree(CancellationToken cancellationToken)
    {
        var reader = new TreeReader(image, (fault, path) => _problems.Add(fault, path), VerifyInode);
        try
        {
            _exportTable = image.OpenExportTable();
        }
        catch (ImageFault fault)
        {
            _problems.Add(fault);
        }

        try
        {
            reader.Read(cancellationToken);
            if (_problems.Count == 0 && reader.InodeCount != image.Superblock.InodeCount)
            {
                _problems.Add(new ImageFault(
                    SquashFsDiagnostics.DamagedSuperblock,
                    $"the superblock counts {image.Superblock.InodeCount} inodes, and {reader.InodeCount} are in the tree"));
            }
        }
        catch (ImageFault fault)
        {
            _isComplete = false;
            _problems.Add(fault);
        }
        catch (DiagnosticException e)
        {
            _isComplete = false;
            _problems.Add(e.Diagnostic);
        }

        _inodes = reader.InodeCount;
    }

    private void VerifyInode(MetInode met)
    {
        try
        {
            VerifyExport(met);
            if (met.Inode.Kind == InodeKind.Directory)
            {
                VerifyParent(met);
                if (met.Runs is { } runs)
                {
                    new DirectoryIndexVerifier(image).Verify(met.Inode.Listing, runs);
                }
            }
            else if (met.Inode.Kind == InodeKind.File)
            {
                ListBlocks(met);
            }
        }
        catch (ImageFault fault)
        {
            _problems.Add(fault, met.Path);
        }
    }

    private void VerifyExport(MetInode met)
    {
        if (_exportTable is null)
        {
            return;
        }

        var number = met.Inode.Number;
        if (number == 0 || number > _exportTable.Count)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"its inode has the number {number} of {_exportTable.Count}");
        }

        var reference = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(_exportTable[number - 1]);
        if (reference != met.Reference)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedTable, $"the export table has inode {number} at 0x{reference:x}, and it is at 0x{met.Reference:x}");
        }
    }

    private static void VerifyParent(MetInode met)
    {
        // The root's parent is a number that each writer makes up.
        if (!met.Path.IsRoot && met.Inode.Listing.Parent != met.ParentNumber)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedDirectory, $"its parent is inode {met.ParentNumber}, and its inode says {met.Inode.Listing.Parent}");
        }
    }

    private void ListBlocks(MetInode met)
    {
        var owner = _paths.Count;
        _paths.Add(met.Path);
        var layout = met.Inode.File;
        var list = new BlockListReader(image, layout);
        while (list.TryNext(out var block))
        {
            if (block.Size.IsHole)
            {
                continue;
            }

            _blocks.Add(new StoredBlock(block.Position, block.Size, block.Length, owner));
            _verifier.AddToTotal(block.Length);
        }

        if (layout.TailLength(image.BlockSize) is > 0 and var tail)
        {
            _tails.Add(layout.Fragment, (long)layout.FragmentOffset + tail, owner);
        }
    }

    private void ListFragments()
    {
        for (var i = 0u; i < image.Superblock.FragmentCount && i < int.MaxValue; i++)
        {
            try
            {
                var (start, size) = image.Fragments.Locate(i);
                _blocks.Add(new StoredBlock(start, size, image.BlockSize, ~(int)i));
                _verifier.AddToTotal(image.BlockSize);
            }
            catch (ImageFault fault)
            {
                _problems.Add(fault);
                if (fault.Descriptor == SquashFsDiagnostics.ReadLimitExceeded)
                {
                    _isComplete = false;
                    return;
                }
            }
        }
    }

    private void ReportOverlap(StoredBlock block) =>
        ReportBlock(block, new ImageFault(SquashFsDiagnostics.DamagedBlock, $"the block at {block.Position} overlaps another"));

    private void ReportBlock(StoredBlock block, ImageFault fault)
    {
        if (!block.IsFragment)
        {
            _problems.Add(fault, _paths[block.Owner]);
        }
        else if (_tails.TryGet(block.FragmentNumber, out var tail))
        {
            _problems.Add(fault, _paths[tail.Owner]);
        }
        else
        {
            _problems.Add(fault);
        }
    }
}
