using K4os.Compression.LZ4;

namespace Compose.SquashFs.Codecs;

/// <summary>LZ4 blocks, without frames.</summary>
internal sealed class Lz4Codec(Lz4Compression compression) : IBlockCodec
{
    private readonly LZ4Level _level = compression.IsHighCompression ? (LZ4Level)compression.Level : LZ4Level.L00_FAST;

    // The compressor gives up when the room ends: a block that needs more is stored.
    public int GetBound(int sourceLength) => sourceLength - 1;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination) =>
        Math.Max(0, LZ4Codec.Encode(source, destination[..GetBound(source.Length)], _level));

    public void Dispose()
    {
    }
}
