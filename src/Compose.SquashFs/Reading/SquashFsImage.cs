using System.Buffers.Binary;
using Compose.SquashFs.Metadata;
using Compose.SquashFs.Reading.Decoding;

namespace Compose.SquashFs.Reading;

/// <summary>An open squashfs 4.0 image. Safe for several threads. Contents of its tree can be read until it is disposed.</summary>
public sealed class SquashFsImage : IDisposable
{
    private readonly ImageBytes _bytes;
    private readonly DecoderPool _decoders;
    private readonly MetadataTable _inodeTable;
    private readonly MetadataTable _directoryTable;
    private volatile bool _isDisposed;

    /// <summary>Opens the image. The bytes are disposed with it, but not when this throws.</summary>
    internal SquashFsImage(string name, ImageBytes bytes, SquashFsReadOptions options)
    {
        options.Validate();
        Name = name;
        Options = options;
        _bytes = bytes;
        try
        {
            Superblock = SuperblockReader.Read(bytes);
            var codec = (SquashFsCodecId)Superblock.CodecId;
            _decoders = new DecoderPool(bytes, BlockDecoders.For(codec));
            Facts = new SquashFsImageFacts(
                codec,
                SuperblockReader.ReadSettings(bytes, Superblock),
                BlockSize,
                Superblock.ModificationTime,
                (SquashFsImageFlags)Superblock.Flags,
                Superblock.InodeCount,
                Superblock.FragmentCount,
                Superblock.IdCount,
                Superblock.BytesUsed);
            Metadata = new MetadataBlocks(bytes, _decoders);
            _inodeTable = new MetadataTable("inode table", Superblock.InodeTableStart, Superblock.DirectoryTableStart);
            _directoryTable = new MetadataTable("directory table", Superblock.DirectoryTableStart, EndOfDirectoryTable());
            var fragments = Superblock.FragmentCount == 0
                ? null
                : OpenTable("fragment table", Superblock.FragmentTableStart, Superblock.FragmentCount, 2 * sizeof(ulong));
            Fragments = new FragmentCache(fragments, _decoders, BlockSize);
            Inodes = new InodeReader(Metadata, _inodeTable);
            Listings = new ListingReader(Metadata, _directoryTable);
        }
        catch (ImageFault fault)
        {
            throw fault.ToException(name);
        }
    }

    /// <summary>What messages call the image: its file's name.</summary>
    public string Name { get; }

    /// <summary>What the superblock says.</summary>
    public SquashFsImageFacts Facts { get; }

    internal SquashFsReadOptions Options { get; }

    internal Superblock Superblock { get; }

    internal int BlockSize => (int)Superblock.BlockSize;

    internal MetadataBlocks Metadata { get; }

    internal InodeReader Inodes { get; }

    internal ListingReader Listings { get; }

    internal FragmentCache Fragments { get; }

    /// <summary>
    /// Reads the tree: every name and inode, and none of the contents. Contents are read when their streams are.
    /// </summary>
    /// <exception cref="DiagnosticException">The image is damaged, or exceeds a limit.</exception>
    /// <exception cref="IOException">The image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public FileTree ReadTree(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return new TreeReader(this).Read(cancellationToken);
        }
        catch (ImageFault fault)
        {
            throw fault.ToException(Name);
        }
    }

    /// <summary>
    /// Reads all there is, contents too, and reports each problem with its place. Each block is read once, in the order of
    /// the image, on the number of threads that the options say.
    /// </summary>
    /// <param name="reporter">Told of the problems.</param>
    /// <param name="progress">Told of the bytes of data blocks read, of those there are; on any thread.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="IOException">The image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public SquashFsVerification Verify(
        IDiagnosticReporter reporter,
        IProgress<SquashFsProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reporter);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new Verifying.ImageVerifier(this, reporter, progress).Run(cancellationToken);
    }

    /// <summary>Closes the image. Contents can no longer be read.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Fragments.Dispose();
            _decoders.Dispose();
            _bytes.Dispose();
        }
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <summary>A cursor at a place of the inode table.</summary>
    internal MetadataCursor OpenInodeTable(MetadataPosition position) =>
        new(Metadata, _inodeTable, position.BlockStart, position.Offset);

    /// <summary>The blocks that the inode table can have from a place on, at most: none is smaller than 3 bytes.</summary>
    internal long MetadataBlocksFrom(MetadataPosition position) =>
        1 + ((_inodeTable.End - _inodeTable.Start - position.BlockStart) / 3);

    /// <summary>Reads a data block.</summary>
    /// <param name="block">Where it is.</param>
    /// <param name="destination">Room for exactly the bytes it has.</param>
    /// <exception cref="ImageFault">It is damaged.</exception>
    internal void ReadBlock(ImageDataBlock block, Span<byte> destination)
    {
        if (block.Size.IsHole)
        {
            destination.Clear();
            return;
        }

        var length = _decoders.Read(block.Position, block.Size.Bytes, block.Size.IsStored, destination);
        if (length != destination.Length)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedBlock, $"the block at {block.Position} has {length} bytes, and {destination.Length} are expected");
        }
    }

    /// <summary>Reads a fragment, past the cache.</summary>
    /// <returns>The bytes it has.</returns>
    /// <exception cref="ImageFault">It is damaged.</exception>
    internal int ReadFragment(long position, BlockSizeWord size, Span<byte> destination) =>
        _decoders.Read(position, size.Bytes, size.IsStored, destination);

    /// <summary>The owners and groups.</summary>
    /// <exception cref="ImageFault">The table is damaged.</exception>
    internal uint[] ReadIds()
    {
        var table = OpenTable("table of owners", Superblock.IdTableStart, Superblock.IdCount, sizeof(uint));
        var ids = new uint[table.Count];
        for (var i = 0u; i < table.Count; i++)
        {
            ids[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[i]);
        }

        return ids;
    }

    /// <summary>The table from inode numbers to inodes; null where the image has none.</summary>
    /// <exception cref="ImageFault">The table is damaged.</exception>
    internal IndexedTable? OpenExportTable() => Superblock.ExportTableStart == SquashFsFormat.NoTable
        ? null
        : OpenTable("export table", Superblock.ExportTableStart, Superblock.InodeCount, sizeof(ulong));

    /// <summary>The extended attributes; null where the image has none.</summary>
    /// <exception cref="ImageFault">The table is damaged.</exception>
    internal AttributeReader? OpenAttributes(ReadBudget budget) => Superblock.AttributeTableStart == SquashFsFormat.NoTable
        ? null
        : new AttributeReader(_bytes, Metadata, Superblock.AttributeTableStart, Superblock.BytesUsed, budget);

    private IndexedTable OpenTable(string name, long start, uint count, int entrySize) =>
        new(_bytes, Metadata, name, start, count, entrySize, Superblock.BytesUsed);

    /// <summary>The next table's start: where listings end at the latest.</summary>
    private long EndOfDirectoryTable()
    {
        long[] tables = [Superblock.FragmentTableStart, Superblock.ExportTableStart, Superblock.IdTableStart, Superblock.AttributeTableStart];
        return tables.Where(start => start > Superblock.DirectoryTableStart).Append(Superblock.BytesUsed).Min();
    }
}
