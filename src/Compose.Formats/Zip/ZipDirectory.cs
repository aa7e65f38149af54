using System.Buffers.Binary;
using Compose.FileTrees;
using Compose.Formats.Tar;

namespace Compose.Formats.Zip;

/// <summary>
/// Reads the central directory of a zip archive (APPNOTE 6.3.10), entry by entry, so that its size does not matter.
/// </summary>
/// <remarks>
/// System.IO.Compression.ZipArchive gives names as text and so loses what is not in their encoding, keeps all entries in
/// memory before the first can be looked at, and does not tell when local headers say something else or overlap.
/// </remarks>
internal sealed class ZipDirectory
{
    private const int EndSize = 22;
    private const int Zip64EndSize = 56;
    private const int Zip64LocatorSize = 20;
    private const int EntrySize = 46;
    private const int MaximumComment = ushort.MaxValue;

    private readonly Stream _source;
    private long _start;

    private ZipDirectory(Stream source) => _source = source;

    /// <summary>The number of entries that the archive claims.</summary>
    public long Count { get; private set; }

    /// <summary>Where the directory begins: data end before it.</summary>
    public long Start => _start;

    /// <summary>Where it ends.</summary>
    public long End { get; private set; }

    /// <summary>Finds the directory.</summary>
    /// <param name="source">The archive; it can be positioned.</param>
    /// <exception cref="InvalidDataException">There is none, or it lies about itself.</exception>
    public static ZipDirectory Open(Stream source)
    {
        var directory = new ZipDirectory(source);
        directory.Find();
        return directory;
    }

    /// <summary>Reads the entries in their order.</summary>
    /// <exception cref="InvalidDataException">The directory is damaged.</exception>
    public IEnumerable<ZipEntry> ReadEntries()
    {
        var position = _start;
        var header = new byte[EntrySize];
        var names = new byte[2 * ushort.MaxValue];
        for (long index = 0; index < Count; index++)
        {
            if (End - position < EntrySize)
            {
                throw new InvalidDataException($"the central directory has {index} entries and claims {Count}");
            }

            ReadAt(position, header);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x02014B50)
            {
                throw new InvalidDataException($"entry {index} of the central directory has a wrong signature");
            }

            var name = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
            var extra = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30));
            var comment = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(32));
            if (End - position - EntrySize < name + extra + comment)
            {
                throw new InvalidDataException($"entry {index} of the central directory is cut off");
            }

            ReadAt(position + EntrySize, names.AsSpan(0, name + extra));
            yield return Parse(header, names.AsSpan(0, name).ToArray(), names.AsSpan(name, extra));
            position += EntrySize + name + extra + comment;
        }

        if (position != End)
        {
            throw new InvalidDataException("the central directory is longer than its entries");
        }
    }

    private static ZipEntry Parse(ReadOnlySpan<byte> header, byte[] name, ReadOnlySpan<byte> extra)
    {
        var fields = ZipExtraFields.Read(extra, name);
        var zip64 = fields.Zip64Values;
        var size = Large(BinaryPrimitives.ReadUInt32LittleEndian(header[24..]), ref zip64);
        var compressedSize = Large(BinaryPrimitives.ReadUInt32LittleEndian(header[20..]), ref zip64);
        var offset = Large(BinaryPrimitives.ReadUInt32LittleEndian(header[42..]), ref zip64);
        var mode = ZipMode.Of(header[5], BinaryPrimitives.ReadUInt32LittleEndian(header[38..]), name);
        return new ZipEntry
        {
            Name = name,
            Path = fields.Path.IsEmpty ? name : fields.Path.ToArray(),
            Flags = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]),
            Method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]),
            Crc32 = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]),
            CompressedSize = compressedSize,
            Size = size,
            Offset = offset,
            Kind = mode.Kind,
            Metadata = new EntryMetadata
            {
                Permissions = mode.Permissions,
                UserId = fields.UserId,
                GroupId = fields.GroupId,
                ModifiedTime = fields.ModifiedTime ?? DosTime(BinaryPrimitives.ReadUInt32LittleEndian(header[12..])),
            },
        };
    }

    /// <summary>A number of 32 bits, or the next one of the zip64 field when it does not fit.</summary>
    private static long Large(uint value, ref ReadOnlySpan<byte> zip64)
    {
        if (value != uint.MaxValue)
        {
            return value;
        }

        if (zip64.Length < sizeof(long))
        {
            throw new InvalidDataException("a size or offset beyond 4 GiB is missing");
        }

        var large = BinaryPrimitives.ReadInt64LittleEndian(zip64);
        zip64 = zip64[sizeof(long)..];
        return large >= 0 ? large : throw new InvalidDataException("a size or offset is negative");
    }

    /// <summary>The time of MS-DOS has no time zone: it is taken as UTC, so that it is the same everywhere.</summary>
    private static long DosTime(uint value)
    {
        var (date, time) = (value >> 16, value & 0xFFFF);
        var (year, month, day) = ((int)(date >> 9) + 1980, (int)(date >> 5) & 15, (int)date & 31);
        var (hour, minute, second) = ((int)(time >> 11), (int)(time >> 5) & 63, (int)(time & 31) * 2);
        return month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59
            ? 0
            : new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeSeconds();
    }

    private void Find()
    {
        var tail = new byte[(int)Math.Min(_source.Length, EndSize + MaximumComment)];
        var tailStart = _source.Length - tail.Length;
        ReadAt(tailStart, tail);

        // From the end: the comment, which is the last thing in the file, could hold the signature too.
        for (var index = tail.Length - EndSize; index >= 0; index--)
        {
            var end = tail.AsSpan(index);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) == 0x06054B50
                && BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length - EndSize)
            {
                ReadEnd(end, tailStart + index);
                return;
            }
        }

        throw new InvalidDataException("it has no central directory; it may be cut off");
    }

    private void ReadEnd(ReadOnlySpan<byte> end, long position)
    {
        var disks = BinaryPrimitives.ReadUInt16LittleEndian(end[4..]) | BinaryPrimitives.ReadUInt16LittleEndian(end[6..]);
        Count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
        _start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        End = position;

        // Info-ZIP writes the other record too where it did not know before that it would do without: it lies in between then.
        if (Count == ushort.MaxValue || size == uint.MaxValue || _start == uint.MaxValue || size != End - _start)
        {
            disks = ReadZip64End(position, ref size) ?? disks;
        }

        if (disks is not (0 or ushort.MaxValue))
        {
            throw new InvalidDataException("it is one of several disks");
        }

        if (_start < 0 || size < 0 || _start > End || size != End - _start)
        {
            throw new InvalidDataException("its central directory is not where it should be");
        }
    }

    /// <summary>Reads the end record with 64-bit numbers, if there is one before the usual one.</summary>
    private int? ReadZip64End(long position, ref long size)
    {
        var locator = new byte[Zip64LocatorSize];
        if (position < Zip64LocatorSize + Zip64EndSize)
        {
            return null;
        }

        ReadAt(position - Zip64LocatorSize, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != 0x07064B50)
        {
            return null;
        }

        var start = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        if (start < 0 || start > position - Zip64LocatorSize - Zip64EndSize)
        {
            throw new InvalidDataException("its end record for large archives is not where it should be");
        }

        var end = new byte[Zip64EndSize];
        ReadAt(start, end);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end) != 0x06064B50)
        {
            throw new InvalidDataException("its end record for large archives has a wrong signature");
        }

        Count = BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(32));
        size = BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(40));
        _start = BinaryPrimitives.ReadInt64LittleEndian(end.AsSpan(48));
        End = start;
        if (Count < 0)
        {
            throw new InvalidDataException("it claims a negative number of entries");
        }

        return (int)(BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(16)) | BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(20)));
    }

    private void ReadAt(long position, Span<byte> buffer)
    {
        _source.Position = position;
        if (_source.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw new InvalidDataException("it is cut off");
        }
    }
}
