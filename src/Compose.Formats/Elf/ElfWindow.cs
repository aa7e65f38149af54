using System.Text;
using Compose.FileTrees;

namespace Compose.Formats.Elf;

/// <summary>
/// Reads a file at any place through a window of a few kilobytes, so that what stands together costs one read and a large
/// program is not read whole.
/// </summary>
internal sealed class ElfWindow : IDisposable
{
    private const int Size = 4096;

    /// <summary>A content that can only be read in order is taken into memory. What a dynamic linker loads is smaller.</summary>
    private const long MaximumCopy = 512L * 1024 * 1024;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[Size];
    private ulong _start;
    private int _count;

    /// <exception cref="InvalidDataException">The content is too large to be read in order.</exception>
    public ElfWindow(FileContent content)
    {
        Length = (ulong)content.Length;
        _stream = content.OpenRead();
        if (!_stream.CanSeek)
        {
            _stream = Copy(_stream, content.Length);
        }
    }

    /// <summary>The file's size in bytes.</summary>
    public ulong Length { get; }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Bytes of the file, until the next call.</summary>
    /// <param name="offset">Where they begin, in bytes.</param>
    /// <param name="size">How many, at most the window's size.</param>
    /// <exception cref="InvalidDataException">They are not in the file.</exception>
    public ReadOnlySpan<byte> At(ulong offset, int size) =>
        UpTo(offset, size) is var bytes && bytes.Length >= size ? bytes[..size] : throw Outside();

    /// <summary>As many bytes as the file has, up to a size.</summary>
    /// <inheritdoc cref="At"/>
    public ReadOnlySpan<byte> UpTo(ulong offset, int size)
    {
        if (offset > Length)
        {
            throw Outside();
        }

        var wanted = (int)Math.Min((ulong)size, Length - offset);
        if (offset < _start || offset + (ulong)wanted > _start + (ulong)_count)
        {
            _stream.Position = (long)offset;
            _count = 0;
            _count = _stream.ReadAtLeast(_buffer, wanted, throwOnEndOfStream: false);
            _start = offset;
        }

        var from = (int)(offset - _start);
        return _buffer.AsSpan(from, Math.Min(wanted, _count - from));
    }

    /// <summary>A text that ends with a NUL, each byte a character.</summary>
    /// <param name="offset">Where it begins, in bytes.</param>
    /// <param name="end">Where its table ends.</param>
    /// <param name="maximum">How many bytes it may have.</param>
    /// <exception cref="InvalidDataException">It does not end in its table, or is too long.</exception>
    public string Text(ulong offset, ulong end, int maximum)
    {
        const int Part = 256;
        var text = new StringBuilder();
        while (offset < end && text.Length <= maximum)
        {
            var bytes = UpTo(offset, (int)Math.Min(Part, end - offset));
            var length = bytes.IndexOf((byte)0);
            if (length >= 0)
            {
                return text.Append(Encoding.Latin1.GetString(bytes[..length])).ToString();
            }

            if (bytes.IsEmpty)
            {
                break;
            }

            text.Append(Encoding.Latin1.GetString(bytes));
            offset += (ulong)bytes.Length;
        }

        throw new InvalidDataException("A name lies outside of its string table.");
    }

    private static InvalidDataException Outside() => new("A part of it lies outside of the file: it is truncated or damaged.");

    private static MemoryStream Copy(Stream stream, long length)
    {
        using (stream)
        {
            if (length > MaximumCopy)
            {
                throw new InvalidDataException("It is too large to be read in order.");
            }

            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return new MemoryStream(bytes, writable: false);
        }
    }
}
