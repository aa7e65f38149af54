using K4os.Compression.LZ4;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>LZ4 blocks, without frames.</summary>
internal sealed class Lz4Decoder : IBlockDecoder
{
    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        var length = LZ4Codec.Decode(source.Span, destination);
        return length >= 0 ? length : throw new InvalidDataException($"It is no LZ4 block of up to {destination.Length} bytes.");
    }

    public void Dispose()
    {
    }
}
