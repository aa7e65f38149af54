using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.Caching;

/// <summary>Writes a segment under a temporary name. Several threads may add values at the same time.</summary>
internal sealed class BlockSegmentWriter : IDisposable
{
    public const string PartialSuffix = ".partial";

    private readonly Lock _gate = new();
    private readonly Dictionary<Sha256Digest, SegmentEntry> _entries = [];
    private readonly string _directory;
    private readonly string _name;
    private readonly SafeFileHandle _file;
    private readonly long _maximumSize;
    private long _valuesLength;
    private int _valueCount;
    private bool _isPublished;

    /// <summary>Makes the file.</summary>
    /// <param name="directory">The folder; it is made when missing.</param>
    /// <param name="maximumSize">How large the segment may become, in bytes.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public BlockSegmentWriter(string directory, long maximumSize)
    {
        _maximumSize = maximumSize;
        Directory.CreateDirectory(directory);
        _directory = directory;

        // It never shows in an output, so it may be random.
        _name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

        // Locked as long as it is open: others see by it that it is not abandoned.
        _file = File.OpenHandle(PartialPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>The segment's size in bytes, if it were completed now.</summary>
    public long Length
    {
        get
        {
            lock (_gate)
            {
                return SizeOf(_valueCount, _valuesLength);
            }
        }
    }

    private string PartialPath => Path.Combine(_directory, _name + PartialSuffix);

    public bool TryFind(Sha256Digest key, out SegmentEntry entry)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(key, out entry);
        }
    }

    /// <summary>Adds a value, unless its key is there or the segment is full.</summary>
    /// <exception cref="IOException">It cannot be written. The segment must then be given up.</exception>
    public void Add(Sha256Digest key, ReadOnlySpan<byte> value)
    {
        long offset;
        lock (_gate)
        {
            if (_entries.ContainsKey(key) || SizeOf(_valueCount + 1, _valuesLength + value.Length) > _maximumSize)
            {
                return;
            }

            offset = _valuesLength;
            _valuesLength += value.Length;
            _valueCount++;
        }

        RandomAccess.Write(_file, value, offset);
        var entry = new SegmentEntry(key, offset, value.Length, SegmentEntry.ChecksumOf(key, value));
        lock (_gate)
        {
            // Two threads may have written one value: the other's bytes are left unused.
            _entries.TryAdd(key, entry);
        }
    }

    /// <summary>Reads a value that was added.</summary>
    public bool TryRead(in SegmentEntry entry, Span<byte> destination) =>
        RandomAccess.Read(_file, destination, entry.Offset) == entry.Length && entry.Fits(destination);

    /// <summary>Writes the index and gives the file its final name. Nothing may be added afterwards.</summary>
    /// <returns>The segment's path.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public string Publish()
    {
        var entries = _entries.Values.ToArray();
        Array.Sort(entries, static (left, right) => left.Key.CompareTo(right.Key));
        var tail = new byte[checked((entries.Length * SegmentEntry.Size) + BlockSegment.FooterSize)];
        var rest = tail.AsSpan();
        foreach (var entry in entries)
        {
            entry.Write(rest);
            rest = rest[SegmentEntry.Size..];
        }

        BinaryPrimitives.WriteInt64LittleEndian(rest, _valuesLength);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], entries.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[12..], BlockSegment.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[16..], BlockSegment.ChecksumOfIndex(tail.AsSpan(0, tail.Length - BlockSegment.FooterSize), rest));
        BlockSegment.Magic.CopyTo(rest[24..]);
        RandomAccess.Write(_file, tail, _valuesLength);

        _file.Dispose();
        var path = Path.Combine(_directory, _name + BlockSegment.Suffix);
        File.Move(PartialPath, path);
        _isPublished = true;
        return path;
    }

    /// <summary>Deletes the file, if it was not published.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (_isPublished)
        {
            return;
        }

        try
        {
            File.Delete(PartialPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is deleted later, as is what a killed build left.
        }
    }

    private static long SizeOf(int values, long length) => length + ((long)values * SegmentEntry.Size) + BlockSegment.FooterSize;
}
