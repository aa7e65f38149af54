using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Deflate streams with zlib's header and checksum, as squashfs's "gzip" means.</summary>
internal sealed class GzipDecoder : IBlockDecoder
{
    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        using var compressed = MemoryMarshal.TryGetArray(source, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(source.ToArray(), writable: false);
        using var stream = new ZLibStream(compressed, CompressionMode.Decompress);
        var length = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);

        // Reading on finds what is too long, and lets the stream check its sum.
        if (length == destination.Length && stream.Read(stackalloc byte[1]) != 0)
        {
            throw new InvalidDataException($"It has more than {destination.Length} bytes.");
        }

        return length;
    }

    public void Dispose()
    {
    }
}
