using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Compose.Formats.Compression;
using Compose.Formats.Tar;

namespace Compose.Formats.Zip;

/// <summary>The content of an entry: exactly the bytes that the central directory promises, with the right checksum.</summary>
internal sealed class ZipEntryData : ForwardStream
{
    /// <summary>The size of a local header without name and extra fields.</summary>
    public const int LocalHeaderSize = 30;

    private const ushort Stored = 0;
    private const ushort Deflate = 8;

    private readonly ZipEntry _entry;
    private readonly Stream _data;
    private readonly Crc32 _crc = new();
    private long _left;

    private ZipEntryData(ZipEntry entry, Stream data)
    {
        _entry = entry;
        _data = data;
        _left = entry.Size;
    }

    /// <summary>Opens an entry after comparing its local header with the central directory.</summary>
    /// <exception cref="InvalidDataException">They contradict each other, or the entry cannot be read.</exception>
    public static ZipEntryData Open(Stream source, ZipEntry entry, ZipDirectory directory)
    {
        var start = CheckLocalHeader(source, entry, directory);
        var packed = new RangeStream(source, start, entry.CompressedSize);
        return entry.Method switch
        {
            Stored when entry.Size == entry.CompressedSize => new ZipEntryData(entry, packed),
            Stored => throw new InvalidDataException("it is stored, with two different sizes"),
            Deflate => new ZipEntryData(entry, new DeflateStream(packed, CompressionMode.Decompress)),
            var other => throw new InvalidDataException($"it is compressed by the method {other}, which is not supported"),
        };
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        var read = _data.Read(buffer);
        _crc.Append(buffer[..read]);
        _left -= read;
        if (_left < 0)
        {
            throw new InvalidDataException($"it unpacks to more than the {_entry.Size} bytes that it claims");
        }

        if (read == 0 && _left > 0)
        {
            throw new InvalidDataException($"it unpacks to {_entry.Size - _left} bytes and claims {_entry.Size}");
        }

        return read > 0 || _crc.GetCurrentHashAsUInt32() == _entry.Crc32 ? read : throw new InvalidDataException("its checksum is wrong");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _data.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Where the data begin.</summary>
    private static long CheckLocalHeader(Stream source, ZipEntry entry, ZipDirectory directory)
    {
        Span<byte> header = stackalloc byte[LocalHeaderSize];
        if (entry.Offset > directory.Start - LocalHeaderSize)
        {
            throw new InvalidDataException("its local header would be in the central directory or behind it");
        }

        source.Position = entry.Offset;
        source.ReadExactly(header);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var start = entry.Offset + LocalHeaderSize + nameLength + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034B50)
        {
            throw new InvalidDataException("its local header has a wrong signature");
        }

        if (entry.CompressedSize > directory.Start - start)
        {
            throw new InvalidDataException($"its {entry.CompressedSize} packed bytes would reach into the central directory");
        }

        var name = new byte[nameLength];
        source.ReadExactly(name);
        if (!name.AsSpan().SequenceEqual(entry.Name))
        {
            throw new InvalidDataException($"its local header names it '{TarEntry.Describe(name)}'");
        }

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        if (((flags | entry.Flags) & (ZipEntry.Encrypted | ZipEntry.MaskedHeader)) != 0)
        {
            throw new InvalidDataException("it is encrypted");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != entry.Method
            || ((flags & ZipEntry.DataDescriptor) == 0 && !SameSizes(header, entry)))
        {
            throw new InvalidDataException("its local header says something else than the central directory");
        }

        return start;
    }

    /// <summary>Sizes of all ones are in a field for large archives, where the central directory's count.</summary>
    private static bool SameSizes(ReadOnlySpan<byte> header, ZipEntry entry) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[14..]) == entry.Crc32
        && BinaryPrimitives.ReadUInt32LittleEndian(header[18..]) is var compressed && (compressed == uint.MaxValue || compressed == entry.CompressedSize)
        && BinaryPrimitives.ReadUInt32LittleEndian(header[22..]) is var size && (size == uint.MaxValue || size == entry.Size);

    private sealed class RangeStream(Stream source, long start, long length) : ForwardStream
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            source.Position = start + _position;
            var read = source.Read(buffer[..(int)Math.Min(buffer.Length, length - _position)]);
            _position += read;
            return read;
        }
    }
}
