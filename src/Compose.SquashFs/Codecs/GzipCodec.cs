using System.IO.Compression;

namespace Compose.SquashFs.Codecs;

/// <summary>Deflate streams with zlib's header and checksum, as squashfs's "gzip" means.</summary>
internal sealed class GzipCodec(int level) : IBlockCodec
{
    private readonly ZLibCompressionOptions _options = new() { CompressionLevel = level };
    private readonly MemoryStream _compressed = new();

    // The stream below grows where it must; the bound only has to hold what is worth keeping.
    public int GetBound(int sourceLength) => sourceLength;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        _compressed.SetLength(0);
        using (var stream = new ZLibStream(_compressed, _options, leaveOpen: true))
        {
            stream.Write(source);
        }

        var length = (int)_compressed.Length;
        if (length >= source.Length)
        {
            return 0;
        }

        _compressed.GetBuffer().AsSpan(0, length).CopyTo(destination);
        return length;
    }

    public void Dispose() => _compressed.Dispose();
}
