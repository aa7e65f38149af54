using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;

namespace Compose.SquashFs.Metadata;

/// <summary>What a directory's inode says of an entry's inode.</summary>
/// <param name="Kind">The kind, of the basic form.</param>
/// <param name="Number">The inode's number.</param>
/// <param name="Position">Where the inode is in the inode table.</param>
internal readonly record struct InodeLocation(InodeKind Kind, uint Number, MetadataPosition Position);

/// <summary>An entry of a directory.</summary>
/// <param name="Name">Its name: 1 to 256 bytes.</param>
/// <param name="Inode">Its inode.</param>
internal readonly record struct DirectoryListingEntry(ReadOnlyMemory<byte> Name, InodeLocation Inode);

/// <summary>A point of a listing from which readers can start.</summary>
/// <param name="ListingOffset">The uncompressed bytes of the listing before it.</param>
/// <param name="BlockStart">Where its metadata block is in the directory table.</param>
/// <param name="Name">The first name there.</param>
internal readonly record struct DirectoryIndexPoint(uint ListingOffset, uint BlockStart, ReadOnlyMemory<byte> Name);

/// <summary>A listing that was written.</summary>
/// <param name="Position">Where it starts in the directory table.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Index">A point for each metadata block after the first.</param>
internal readonly record struct DirectoryListing(MetadataPosition Position, uint Length, IReadOnlyList<DirectoryIndexPoint> Index);

/// <summary>
/// The listings of all directories. A listing is a sequence of runs: a header and up to 256 entries whose inodes are in one
/// metadata block and whose numbers are near the header's.
/// </summary>
internal sealed class DirectoryTable(IBlockCodec codec)
{
    private const int HeaderSize = 12;
    private const int EntrySize = 8;
    private const int MaximumRun = 256;
    private const int MaximumDelta = short.MaxValue;

    /// <summary>The inode's count of index points has 16 bits. A partial index only makes late look-ups slower.</summary>
    private const int MaximumIndexPoints = ushort.MaxValue;

    private readonly MetadataWriter _writer = new(codec);

    /// <summary>Writes a listing.</summary>
    /// <param name="entries">The entries, sorted by the bytes of their names.</param>
    public DirectoryListing Add(ReadOnlySpan<DirectoryListingEntry> entries)
    {
        var start = _writer.Position;
        var index = new List<DirectoryIndexPoint>();
        var block = start.BlockStart;
        var length = 0u;
        while (!entries.IsEmpty)
        {
            var position = _writer.Position;
            if (position.BlockStart != block && index.Count < MaximumIndexPoints)
            {
                index.Add(new DirectoryIndexPoint(length, (uint)position.BlockStart, entries[0].Name));
                block = position.BlockStart;
            }

            var run = entries[..RunLength(entries, position.Offset)];
            length += WriteRun(run);
            entries = entries[run.Length..];
        }

        return new DirectoryListing(start, length, index);
    }

    /// <summary>Writes the table.</summary>
    /// <returns>Where it starts.</returns>
    public long WriteTo(ImageStream image) => _writer.CopyTo(image);

    private static int RunLength(ReadOnlySpan<DirectoryListingEntry> entries, int offset)
    {
        var first = entries[0].Inode;
        var end = offset + HeaderSize + EntrySize + entries[0].Name.Length;
        var count = 1;
        while (count < Math.Min(entries.Length, MaximumRun))
        {
            var inode = entries[count].Inode;
            var delta = (long)inode.Number - first.Number;

            // A run that ends with its metadata block lets the next one be a point of the index.
            if (inode.Position.BlockStart != first.Position.BlockStart
                || Math.Abs(delta) > MaximumDelta
                || end >= SquashFsFormat.MetadataBlockSize)
            {
                break;
            }

            end += EntrySize + entries[count].Name.Length;
            count++;
        }

        return count;
    }

    private uint WriteRun(ReadOnlySpan<DirectoryListingEntry> run)
    {
        var first = run[0].Inode;
        _writer.WriteUInt32((uint)run.Length - 1);
        _writer.WriteUInt32((uint)first.Position.BlockStart);
        _writer.WriteUInt32(first.Number);
        var length = HeaderSize;
        foreach (var (name, inode) in run)
        {
            _writer.WriteUInt16(inode.Position.Offset);
            _writer.WriteInt16((short)((long)inode.Number - first.Number));
            _writer.WriteUInt16((ushort)inode.Kind);
            _writer.WriteUInt16((ushort)(name.Length - 1));
            _writer.Write(name.Span);
            length += EntrySize + name.Length;
        }

        return (uint)length;
    }
}
