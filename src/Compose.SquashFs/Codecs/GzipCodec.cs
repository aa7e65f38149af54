using System.IO.Compression;

namespace Compose.SquashFs.Codecs;

/// <summary>Deflate streams with zlib's header and checksum, as squashfs's "gzip" means.</summary>
internal sealed class GzipCodec(GzipCompression compression) : IBlockCodec
{
    private readonly ZLibCompressionOptions[] _strategies = [.. OptionsFor(compression)];
    private readonly MemoryStream _compressed = new();

    // The stream below grows where it must; the bound only has to hold what is worth keeping.
    public int GetBound(int sourceLength) => sourceLength;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var best = source.Length;
        foreach (var strategy in _strategies)
        {
            _compressed.SetLength(0);
            using (var stream = new ZLibStream(_compressed, strategy, leaveOpen: true))
            {
                stream.Write(source);
            }

            var length = (int)_compressed.Length;
            if (length < best)
            {
                _compressed.GetBuffer().AsSpan(0, length).CopyTo(destination);
                best = length;
            }
        }

        return best < source.Length ? best : 0;
    }

    public void Dispose() => _compressed.Dispose();

    private static IEnumerable<ZLibCompressionOptions> OptionsFor(GzipCompression compression)
    {
        foreach (var (flag, strategy) in ((GzipStrategies, ZLibCompressionStrategy)[])[
            (GzipStrategies.Default, ZLibCompressionStrategy.Default),
            (GzipStrategies.Filtered, ZLibCompressionStrategy.Filtered),
            (GzipStrategies.HuffmanOnly, ZLibCompressionStrategy.HuffmanOnly),
            (GzipStrategies.RunLength, ZLibCompressionStrategy.RunLengthEncoding),
            (GzipStrategies.Fixed, ZLibCompressionStrategy.Fixed)])
        {
            if (compression.Strategies.HasFlag(flag))
            {
                yield return new ZLibCompressionOptions { CompressionLevel = compression.Level, CompressionStrategy = strategy };
            }
        }
    }
}
