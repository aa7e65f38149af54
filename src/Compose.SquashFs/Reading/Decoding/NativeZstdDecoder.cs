using ZstdNet;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Zstandard frames. They are decoded in one shot, so that no frame can ask for a window of its own size.</summary>
internal sealed class NativeZstdDecoder : IBlockDecoder
{
    private readonly Decompressor _decompressor = new();

    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        try
        {
            return _decompressor.Unwrap(source.Span, destination, bufferSizePrecheck: false);
        }
        catch (Exception e) when (e is ZstdException or InsufficientMemoryException or OverflowException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public void Dispose() => _decompressor.Dispose();
}
