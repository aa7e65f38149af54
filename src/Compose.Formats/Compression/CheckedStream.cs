namespace Compose.Formats.Compression;

/// <summary>Gives the failures of a decompressor one type.</summary>
internal sealed class CheckedStream(Stream source, bool leaveOpen) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return source.Read(buffer);
        }
        catch (Exception e) when (e is ZstdNet.ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException($"The compressed data are damaged or truncated: {e.Message}", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
