using ZstdSharp;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>What <see cref="NativeZstdDecoder"/> does, by a port to C#: for platforms without libzstd.</summary>
internal sealed class ManagedZstdDecoder : IBlockDecoder
{
    private readonly Decompressor _decompressor = new();

    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        try
        {
            return _decompressor.TryUnwrap(source.Span, destination, out var written)
                ? written
                : throw new InvalidDataException($"It has more than {destination.Length} bytes.");
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public void Dispose() => _decompressor.Dispose();
}
