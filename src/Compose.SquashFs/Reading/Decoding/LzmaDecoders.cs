using Compose.SquashFs.Codecs;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Xz streams, with any filters.</summary>
internal sealed class XzDecoder : IBlockDecoder
{
    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        var length = LzmaLibrary.Decode(source.Span, destination, LzmaLimits.Memory);
        return length >= 0 ? length : throw new InvalidDataException($"It is no xz stream of up to {destination.Length} bytes.");
    }

    public void Dispose()
    {
    }
}

/// <summary>LZMA with its original header of 13 bytes, which older tools wrote.</summary>
internal sealed class LzmaDecoder : IBlockDecoder
{
    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        var length = LzmaLibrary.DecodeAlone(source.Span, destination, LzmaLimits.Memory);
        return length >= 0 ? length : throw new InvalidDataException($"It is no LZMA stream of up to {destination.Length} bytes.");
    }

    public void Dispose()
    {
    }
}

/// <summary>What a stream may ask for.</summary>
internal static class LzmaLimits
{
    /// <summary>
    /// A dictionary larger than a block of 1 MiB is of no use, but some writers name that of a preset: the largest, of level 9,
    /// is 64 MiB.
    /// </summary>
    public const long Memory = 80L * 1024 * 1024;
}
