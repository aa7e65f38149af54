using System.Buffers.Binary;

namespace Compose.SquashFs.Reading;

/// <summary>
/// A table of entries of one size, in metadata blocks that an index finds: of ids, fragments, inodes by number, or sets of
/// extended attributes. Entries are read when they are asked for, so a count that lies costs nothing.
/// </summary>
internal sealed class IndexedTable
{
    private readonly ImageBytes _bytes;
    private readonly MetadataBlocks _blocks;
    private readonly string _name;
    private readonly long _indexStart;
    private readonly int _entrySize;

    /// <summary>A table.</summary>
    /// <param name="bytes">The image.</param>
    /// <param name="blocks">The image's metadata blocks.</param>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="indexStart">Where its index starts.</param>
    /// <param name="count">The entries it has.</param>
    /// <param name="entrySize">The size of an entry: a power of two.</param>
    /// <param name="imageEnd">Where the image ends.</param>
    /// <exception cref="ImageFault">Its index is not in the image.</exception>
    public IndexedTable(ImageBytes bytes, MetadataBlocks blocks, string name, long indexStart, uint count, int entrySize, long imageEnd)
    {
        var entriesPerBlock = SquashFsFormat.MetadataBlockSize / entrySize;
        var indexSize = (count + (long)entriesPerBlock - 1) / entriesPerBlock * sizeof(ulong);
        if (indexStart < SquashFsFormat.SuperblockSize || indexStart > imageEnd - indexSize)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedTable,
                $"the {name}, of {count} entries from {indexStart} on, is not in the image, which ends at {imageEnd}");
        }

        (_bytes, _blocks, _name, _indexStart, _entrySize) = (bytes, blocks, name, indexStart, entrySize);
        Count = count;
    }

    /// <summary>The entries it claims to have.</summary>
    public uint Count { get; }

    /// <summary>An entry's bytes.</summary>
    /// <exception cref="ImageFault">There is no such entry, or the table is damaged there.</exception>
    public ReadOnlySpan<byte> this[uint entry]
    {
        get
        {
            if (entry >= Count)
            {
                throw new ImageFault(
                    SquashFsDiagnostics.DamagedTable, $"entry {entry} of the {_name} is referred to, and it has {Count} entries");
            }

            var place = (long)entry * _entrySize;
            Span<byte> pointer = stackalloc byte[sizeof(ulong)];
            _bytes.Read(_indexStart + (place / SquashFsFormat.MetadataBlockSize * sizeof(ulong)), pointer);
            var position = BinaryPrimitives.ReadInt64LittleEndian(pointer);
            if (position < SquashFsFormat.SuperblockSize || position >= _indexStart)
            {
                throw new ImageFault(
                    SquashFsDiagnostics.DamagedTable, $"the {_name}'s index names {position}, which is not before the index at {_indexStart}");
            }

            var block = _blocks.Read(position).Bytes.Span;
            var offset = (int)(place % SquashFsFormat.MetadataBlockSize);
            return offset + _entrySize <= block.Length
                ? block.Slice(offset, _entrySize)
                : throw new ImageFault(
                    SquashFsDiagnostics.DamagedTable, $"the {_name}'s block at {position} ends before entry {entry}");
        }
    }
}
