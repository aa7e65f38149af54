using Compose.SquashFs.Metadata;

namespace Compose.SquashFs.Reading;

/// <summary>An entry of a listing in the image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of inode the listing says it is.</param>
/// <param name="Number">The inode's number.</param>
/// <param name="Reference">The inode's place in the inode table.</param>
internal readonly record struct ImageListingEntry(byte[] Name, InodeKind Kind, uint Number, ulong Reference);

/// <summary>A run of a listing: where it starts, and its first name. Points of a directory's index are such.</summary>
/// <param name="ListingOffset">The bytes of the listing before it.</param>
/// <param name="BlockStart">Where its block starts in the directory table.</param>
/// <param name="Name">The first name in it.</param>
internal readonly record struct ImageListingRun(long ListingOffset, long BlockStart, byte[] Name);

/// <summary>Reads a directory's listing, entry by entry.</summary>
internal sealed class ListingReader(MetadataBlocks blocks, MetadataTable table)
{
    private const int HeaderSize = 12;
    private const int EntrySize = 8;
    private const int MaximumRun = 256;

    /// <summary>Reads a listing.</summary>
    /// <param name="listing">Where it is.</param>
    /// <param name="onRun">Told of each run.</param>
    /// <exception cref="ImageFault">It is damaged. What comes before the damage has been returned.</exception>
    public IEnumerable<ImageListingEntry> Read(ImageListing listing, Action<ImageListingRun>? onRun = null)
    {
        if (listing.Length == 0)
        {
            yield break;
        }

        var cursor = new MetadataCursor(blocks, table, listing.BlockStart, listing.Offset);
        var position = 0L;
        byte[]? previous = null;
        while (position < listing.Length)
        {
            var runOffset = position;
            var runBlock = cursor.Position.BlockStart;
            if (listing.Length - position < HeaderSize + EntrySize + 1)
            {
                throw Bad("its listing ends inside a run");
            }

            var count = cursor.ReadUInt32() + 1L;
            var inodeBlock = cursor.ReadUInt32();
            var firstNumber = cursor.ReadUInt32();
            position += HeaderSize;
            if (count > MaximumRun)
            {
                throw Bad($"its listing has a run of {count} entries, and {MaximumRun} are the most");
            }

            for (var i = 0; i < count; i++)
            {
                var entry = ReadEntry(ref cursor, inodeBlock, firstNumber, listing.Length - position);
                if (previous is not null && previous.AsSpan().SequenceCompareTo(entry.Name) >= 0)
                {
                    throw Bad($"its listing has '{TreePath.Describe(entry.Name)}' after '{TreePath.Describe(previous)}', and names must be sorted and unique");
                }

                previous = entry.Name;
                position += EntrySize + entry.Name.Length;
                if (i == 0)
                {
                    onRun?.Invoke(new ImageListingRun(runOffset, runBlock, entry.Name));
                }

                yield return entry;
            }
        }
    }

    private static ImageListingEntry ReadEntry(ref MetadataCursor cursor, uint inodeBlock, uint firstNumber, long left)
    {
        if (left < EntrySize + 1)
        {
            throw Bad("its listing ends inside an entry");
        }

        var offset = cursor.ReadUInt16();
        var number = firstNumber + cursor.ReadInt16();
        var kind = cursor.ReadUInt16();
        var nameLength = cursor.ReadUInt16() + 1;
        if (nameLength > SquashFsFormat.MaximumNameLength || nameLength > left - EntrySize)
        {
            throw Bad($"its listing has a name of {nameLength} bytes");
        }

        var name = cursor.ReadBytes(nameLength);
        if (name.AsSpan().IndexOfAny((byte)0, (byte)'/') >= 0 || name.AsSpan().SequenceEqual("."u8) || name.AsSpan().SequenceEqual(".."u8))
        {
            throw Bad($"its listing has the name '{TreePath.Describe(name)}', which is not a file name");
        }

        return kind is 0 or > (ushort)InodeKind.Socket || number is < 0 or > uint.MaxValue
            ? throw Bad($"its listing says of '{TreePath.Describe(name)}' that it is inode {number} of type {kind}")
            : new ImageListingEntry(name, (InodeKind)kind, (uint)number, ((ulong)inodeBlock << 16) | offset);
    }

    private static ImageFault Bad(string reason) => new(SquashFsDiagnostics.DamagedDirectory, reason);
}
