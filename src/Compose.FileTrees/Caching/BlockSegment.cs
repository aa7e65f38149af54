using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.Caching;

/// <summary>A complete segment: values, then their index sorted by key, then a footer.</summary>
/// <remarks>
/// All numbers are little-endian. The index is a sequence of <see cref="SegmentEntry"/>. The footer: the index's offset (8), the number of entries (4), the version (4), the checksum of the index (8) with the
/// checksum of the first 16 bytes of the footer as its seed, magic (8). Checksums are XXH3 of 64 bits. The index is read in
/// one piece and searched as it is: there is no object for an entry.
/// </remarks>
internal sealed class BlockSegment : IDisposable
{
    public const int FooterSize = 32;
    public const uint Version = 1;
    public const string Suffix = ".blocks";

    /// <summary>Larger values are not kept: no block and no list of digests comes near.</summary>
    public const int MaximumValue = 16 * 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly byte[] _index;
    private readonly bool[] _isUsed;
    private readonly DateTime _lastUse;
    private long _usedBytes;

    private BlockSegment(string path, SafeFileHandle file, byte[] index, long length, DateTime lastUse)
    {
        Path = path;
        _file = file;
        _index = index;
        Count = index.Length / SegmentEntry.Size;
        _isUsed = new bool[Count];
        Length = length;
        _lastUse = lastUse;
    }

    public static ReadOnlySpan<byte> Magic => "CMPBLKS1"u8;

    public string Path { get; }

    /// <summary>The number of values.</summary>
    public int Count { get; }

    /// <summary>The file's size in bytes.</summary>
    public long Length { get; }

    /// <summary>When a build last took something out of it.</summary>
    public DateTime LastUse => UsedBytes > 0 ? DateTime.UtcNow : _lastUse;

    /// <summary>The bytes of the values that were taken in this session.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>Whether a value of it was found to be damaged.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Opens a segment.</summary>
    /// <returns>The segment; null when it is damaged.</returns>
    /// <exception cref="IOException">The file cannot be read, or has been deleted.</exception>
    public static BlockSegment? TryOpen(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        BlockSegment? segment = null;
        try
        {
            segment = TryOpen(path, file);
            return segment;
        }
        finally
        {
            if (segment is null)
            {
                file.Dispose();
            }
        }
    }

    public static ulong ChecksumOfIndex(ReadOnlySpan<byte> index, ReadOnlySpan<byte> footer) =>
        XxHash3.HashToUInt64(index, (long)XxHash3.HashToUInt64(footer[..16]));

    /// <summary>Looks up a key.</summary>
    /// <returns>The entry's place in the index, or a negative number.</returns>
    public int Find(Sha256Digest key)
    {
        var low = 0;
        var high = Count - 1;
        while (low <= high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            var order = key.Bytes.SequenceCompareTo(_index.AsSpan(middle * SegmentEntry.Size, Sha256Digest.Size));
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                high = middle - 1;
            }
            else
            {
                low = middle + 1;
            }
        }

        return -1;
    }

    public SegmentEntry EntryAt(int place) => SegmentEntry.Read(_index.AsSpan(place * SegmentEntry.Size, SegmentEntry.Size));

    /// <summary>Reads a value into a buffer of its length. When it is damaged, the segment is marked so.</summary>
    public bool TryRead(in SegmentEntry entry, Span<byte> destination)
    {
        try
        {
            if (RandomAccess.Read(_file, destination, entry.Offset) == entry.Length && entry.Fits(destination))
            {
                return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As good as damaged.
        }

        IsDamaged = true;
        return false;
    }

    /// <summary>Notes that a value was taken.</summary>
    public void MarkUsed(int place)
    {
        if (!Volatile.Read(ref _isUsed[place]))
        {
            Volatile.Write(ref _isUsed[place], true);
            Interlocked.Add(ref _usedBytes, EntryAt(place).Length + SegmentEntry.Size);
        }
    }

    public bool WasUsed(int place) => Volatile.Read(ref _isUsed[place]);

    public void Dispose() => _file.Dispose();

    private static BlockSegment? TryOpen(string path, SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        Span<byte> footer = stackalloc byte[FooterSize];
        if (length < FooterSize
            || RandomAccess.Read(file, footer, length - FooterSize) != FooterSize
            || !footer[24..].SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(footer[12..]) != Version)
        {
            return null;
        }

        var indexStart = BinaryPrimitives.ReadInt64LittleEndian(footer);
        var count = BinaryPrimitives.ReadInt32LittleEndian(footer[8..]);
        var indexSize = (long)count * SegmentEntry.Size;
        if (count < 0 || indexStart < 0 || indexSize > Array.MaxLength || indexStart != length - FooterSize - indexSize)
        {
            return null;
        }

        var index = new byte[indexSize];
        if (RandomAccess.Read(file, index, indexStart) != indexSize
            || ChecksumOfIndex(index, footer) != BinaryPrimitives.ReadUInt64LittleEndian(footer[16..]))
        {
            return null;
        }

        var segment = new BlockSegment(path, file, index, length, File.GetLastWriteTimeUtc(file));
        for (var place = 0; place < count; place++)
        {
            var entry = segment.EntryAt(place);
            if (entry.Length is < 0 or > MaximumValue || entry.Offset < 0 || entry.Offset > indexStart - entry.Length)
            {
                return null;
            }
        }

        return segment;
    }
}
