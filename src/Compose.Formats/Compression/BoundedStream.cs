namespace Compose.Formats.Compression;

/// <summary>Thrown when data turn out larger than was allowed.</summary>
public sealed class SizeLimitException(string message) : Exception(message);

/// <summary>Decompressed data that stop at a limit, so that a small hostile file cannot fill memory or disk.</summary>
/// <param name="source">The decompressed data.</param>
/// <param name="maximum">How many bytes may come.</param>
internal sealed class BoundedStream(Stream source, long maximum) : ForwardStream
{
    private long _total;

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        _total += read;
        return _total <= maximum ? read : throw new SizeLimitException($"the data unpack to more than the {maximum} bytes that are allowed");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
