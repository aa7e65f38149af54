using Compose.NativeCodecs;

namespace Compose.Formats.Compression;

/// <summary>Reads .xz data by liblzma.</summary>
internal sealed class NativeXzStream(Stream source) : ForwardStream
{
    /// <summary>xz's largest preset needs 65 MiB. Hostile data ask for up to 4 GiB.</summary>
    private const long MaximumMemory = 128L << 20;

    private readonly XzDecoder _decoder = new(MaximumMemory);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _next;
    private int _end;
    private bool _isLast;
    private bool _finished;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && !_finished)
        {
            if (_next == _end && !_isLast)
            {
                _next = 0;
                _end = source.Read(_buffer);
                _isLast = _end == 0;
            }

            var status = _decoder.Decode(_buffer.AsSpan(_next, _end - _next), _isLast, buffer, out var read, out var written);
            _next += read;
            _finished = status switch
            {
                XzDecoderStatus.Ok => false,
                XzDecoderStatus.Finished => true,
                XzDecoderStatus.OverMemoryLimit => throw new SizeLimitException(
                    $"the xz data need more than the {MaximumMemory} bytes of memory that are allowed"),
                _ => throw new InvalidDataException("The xz data are damaged or truncated."),
            };
            if (written > 0)
            {
                return written;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
