namespace Compose.SquashFs.Data;

/// <summary>Where the image is written: positions count from the image's start, wherever that is in the stream.</summary>
internal sealed class ImageStream(Stream stream)
{
    private readonly long _origin = stream.Position;

    /// <summary>The number of bytes written so far.</summary>
    public long Position { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        Position += bytes.Length;
    }

    /// <summary>Writes zeros up to a multiple of <paramref name="alignment"/> bytes.</summary>
    public void Pad(int alignment) => Write(new byte[(alignment - (Position % alignment)) % alignment]);

    /// <summary>Writes over the image's first bytes, and returns to its end.</summary>
    public void WriteAtStart(ReadOnlySpan<byte> bytes)
    {
        stream.Position = _origin;
        stream.Write(bytes);
        stream.Position = _origin + Position;
    }
}
