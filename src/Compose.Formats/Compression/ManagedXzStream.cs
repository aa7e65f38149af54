using SharpCompress.Common;
using SharpCompress.Compressors.Xz;

namespace Compose.Formats.Compression;

/// <summary>
/// Reads .xz data where there is no liblzma: SharpCompress decodes one stream of the format; a file may hold several with
/// padding between them, and damage shows in its decoder as exceptions of many types.
/// </summary>
internal sealed class ManagedXzStream(Stream source) : ForwardStream
{
    private readonly BufferedInput _source = new(source);
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

    /// <summary>Goes to the next stream of the file: zeros in fours may stand before it.</summary>
    /// <returns>False at the end of the file.</returns>
    private bool SkipPadding()
    {
        while (true)
        {
            var next = _source.Peek(4);
            if (next.IsEmpty)
            {
                return false;
            }

            if (next.Length < 4)
            {
                throw new InvalidDataException("The xz data are followed by something else.");
            }

            if (next.IndexOfAnyExcept((byte)0) >= 0)
            {
                return true;
            }

            _source.Skip(4);
        }
    }

    /// <summary>
    /// The file's bytes: the decoder reads them one by one, which is slow on most streams, finds the padding of blocks by
    /// the position, and stops right behind the stream it decodes.
    /// </summary>
    private sealed class BufferedInput(Stream source) : ForwardStream
    {
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _next;
        private int _end;
        private long _read;

        public override long Position
        {
            get => _read - (_end - _next);
            set => throw new NotSupportedException();
        }

        public override int ReadByte() => _next < _end || Fill() ? _buffer[_next++] : -1;

        public override int Read(Span<byte> buffer)
        {
            // The decoder takes fewer bytes than it asked for as the end.
            var total = 0;
            while (total < buffer.Length && (_next < _end || Fill()))
            {
                var count = Math.Min(buffer.Length - total, _end - _next);
                _buffer.AsSpan(_next, count).CopyTo(buffer[total..]);
                _next += count;
                total += count;
            }

            return total;
        }

        /// <summary>The next bytes without taking them; fewer at the end.</summary>
        public ReadOnlySpan<byte> Peek(int count)
        {
            while (_end - _next < count && Fill())
            {
            }

            return _buffer.AsSpan(_next, Math.Min(count, _end - _next));
        }

        /// <summary>Takes bytes that were peeked at.</summary>
        public void Skip(int count) => _next += count;

        private bool Fill()
        {
            _buffer.AsSpan(_next, _end - _next).CopyTo(_buffer);
            _end -= _next;
            _next = 0;
            var read = source.Read(_buffer.AsSpan(_end));
            _end += read;
            _read += read;
            return read > 0;
        }
    }
}
