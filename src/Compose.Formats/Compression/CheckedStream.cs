namespace Compose.Formats.Compression;

/// <summary>Gives the failures of a decompressor one type.</summary>
internal sealed class CheckedStream : ForwardStream
{
    private readonly Func<Stream> _open;
    private readonly bool _leaveOpen;
    private Stream? _source;

    public CheckedStream(Stream source, bool leaveOpen)
    {
        _source = source;
        _open = () => source;
        _leaveOpen = leaveOpen;
    }

    /// <summary>For a decompressor that reads when it is made.</summary>
    public CheckedStream(Func<Stream> open) => _open = open;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            _source ??= _open();
            return _source.Read(buffer);
        }
        catch (Exception e) when (e is ZstdNet.ZstdException or EndOfStreamException or SharpCompress.Common.SharpCompressException
            or IndexOutOfRangeException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"The compressed data are damaged or truncated: {e.Message}", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_leaveOpen)
        {
            _source?.Dispose();
        }

        base.Dispose(disposing);
    }
}
