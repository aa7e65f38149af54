using System.IO.Compression;

namespace Compose.Formats.Compression;

/// <summary>Reads gzip data (RFC 1952), one or more members, and notices when they are cut off, which GZipStream does not.</summary>
/// <remarks>
/// Behind the data a member of our own is put. What it holds comes out at the end only when all before it was whole: else the
/// decompressor takes its bytes for something else.
/// </remarks>
internal sealed class WholeGzipStream : ForwardStream
{
    private readonly GZipStream _gzip;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Begins. Disposing leaves the source open.</summary>
    public WholeGzipStream(Stream source) => _gzip = new GZipStream(new MarkedSource(source), CompressionMode.Decompress);

    private static ReadOnlySpan<byte> Mark => "the end of all..."u8;

    /// <summary>The mark as a member whose data are stored and not compressed.</summary>
    private static ReadOnlySpan<byte> MarkMember =>
    [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0x01, 0x11, 0x00, 0xEE, 0xFF, 0x74,
        0x68, 0x65, 0x20, 0x65, 0x6E, 0x64, 0x20, 0x6F, 0x66, 0x20, 0x61, 0x6C, 0x6C, 0x2E, 0x2E, 0x2E,
        0x9C, 0x06, 0x48, 0x04, 0x11, 0x00, 0x00, 0x00,
    ];

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        // The last bytes are held back: they may be the mark.
        while (!_ended && _end - _start <= Mark.Length)
        {
            Fill();
        }

        var count = Math.Min(buffer.Length, _end - _start - Mark.Length);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var read = _gzip.Read(_buffer.AsSpan(_end));
        _end += read;
        _ended = read == 0;
        if (_ended && !_buffer.AsSpan(0, _end).EndsWith(Mark))
        {
            throw new InvalidDataException("The gzip data are cut off, or something else follows them.");
        }
    }

    /// <summary>
    /// The source with the mark behind it. Both are given in one piece where they meet, as the decompressor looks for another
    /// member only in what it has.
    /// </summary>
    private sealed class MarkedSource(Stream source) : ForwardStream
    {
        private readonly byte[] _bytes = new byte[(64 * 1024) + 64];
        private int _next;
        private int _count;
        private bool _isAny;
        private bool _isMarked;

        public override int Read(Span<byte> buffer)
        {
            while (!_isMarked && _count - _next <= 1)
            {
                Fill();
            }

            // The last byte before the mark waits for it.
            var available = _isMarked ? _count - _next : _count - _next - 1;
            var taken = Math.Min(buffer.Length, available);
            if (_isMarked && taken == available - MarkMember.Length && taken > 1)
            {
                taken--;
            }

            _bytes.AsSpan(_next, taken).CopyTo(buffer);
            _next += taken;
            return taken;
        }

        private void Fill()
        {
            _bytes.AsSpan(_next, _count - _next).CopyTo(_bytes);
            _count -= _next;
            _next = 0;
            var read = source.Read(_bytes.AsSpan(_count, _bytes.Length - _count - MarkMember.Length));
            _count += read;
            _isAny |= read > 0;
            _isMarked = read == 0;
            if (_isMarked && _isAny)
            {
                MarkMember.CopyTo(_bytes.AsSpan(_count));
                _count += MarkMember.Length;
            }
        }
    }
}
