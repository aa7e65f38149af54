using SharpCompress.Common;
using SharpCompress.Compressors.Xz;

namespace Compose.Formats.Compression;

/// <summary>
/// Reads .xz data: SharpCompress decodes one stream of the format; a file may hold several with padding between them,
/// and damage shows in its decoder as exceptions of many types.
/// </summary>
internal sealed class XzStream(Stream source) : ForwardStream
{
    private readonly PushBackStream _source = new(source);
    private XZStream? _current;
    private bool _ended;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && !_ended)
        {
            _current ??= new XZStream(_source);
            var read = Decode(_current, buffer);
            if (read > 0)
            {
                return read;
            }

            _current = null;
            _ended = !SkipPadding();
        }

        return 0;
    }

    private static int Decode(XZStream stream, Span<byte> buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (Exception e) when (e is SharpCompressException or ArgumentException or EndOfStreamException
            or IndexOutOfRangeException or InvalidOperationException or NotSupportedException or NullReferenceException
            or OverflowException or OutOfMemoryException)
        {
            // The decoder trusts its input: what damaged data make it do is told as damage.
            throw new InvalidDataException($"The xz data are damaged or truncated: {e.Message}", e);
        }
    }

    /// <summary>Goes to the next stream of the file.</summary>
    /// <returns>False at the end of the file.</returns>
    private bool SkipPadding()
    {
        Span<byte> four = stackalloc byte[4];
        while (true)
        {
            var read = _source.ReadAtLeast(four, four.Length, throwOnEndOfStream: false);
            if (read == 0)
            {
                return false;
            }

            if (read < four.Length)
            {
                throw new InvalidDataException("The xz data are followed by something else.");
            }

            if (four.IndexOfAnyExcept((byte)0) >= 0)
            {
                _source.PushBack(four);
                return true;
            }
        }
    }

    /// <summary>A stream to which four bytes can be given back.</summary>
    private sealed class PushBackStream(Stream source) : ForwardStream
    {
        private readonly byte[] _pushed = new byte[4];
        private int _left;
        private long _position;

        /// <summary>The number of bytes taken; the decoder finds the padding of blocks by it.</summary>
        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public void PushBack(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_pushed);
            _left = bytes.Length;
            _position -= bytes.Length;
        }

        public override int Read(Span<byte> buffer)
        {
            if (_left == 0)
            {
                var read = source.Read(buffer);
                _position += read;
                return read;
            }

            var count = Math.Min(_left, buffer.Length);
            _pushed.AsSpan(_pushed.Length - _left, count).CopyTo(buffer);
            _left -= count;
            _position += count;
            return count;
        }
    }
}
