using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Deflate streams with zlib's header and checksum (RFC 1950), as squashfs's "gzip" means.</summary>
internal sealed class GzipDecoder : IBlockDecoder
{
    private const uint AdlerBase = 65521;

    /// <summary>So many bytes can be summed up before 32 bits overflow.</summary>
    private const int AdlerRun = 5552;

    public int Decode(ReadOnlyMemory<byte> source, Span<byte> destination)
    {
        using var compressed = MemoryMarshal.TryGetArray(source, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(source.ToArray(), writable: false);
        using var stream = new ZLibStream(compressed, CompressionMode.Decompress);
        var length = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        if (length == destination.Length)
        {
            // Reading on finds what is too long, and lets the stream check its sum.
            return stream.Read(stackalloc byte[1]) == 0
                ? length
                : throw new InvalidDataException($"It has more than {destination.Length} bytes.");
        }

        // The stream takes a block that is cut off for a shorter one, and does not get to the sum at the end.
        return length > 0 && source.Length > sizeof(uint)
            && BinaryPrimitives.ReadUInt32BigEndian(source.Span[^sizeof(uint)..]) == Adler32(destination[..length])
                ? length
                : throw new InvalidDataException("It is cut off, or has another sum than it should.");
    }

    public void Dispose()
    {
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        var (low, high) = (1u, 0u);
        while (!bytes.IsEmpty)
        {
            var run = bytes[..Math.Min(bytes.Length, AdlerRun)];
            foreach (var value in run)
            {
                low += value;
                high += low;
            }

            (low, high) = (low % AdlerBase, high % AdlerBase);
            bytes = bytes[run.Length..];
        }

        return (high << 16) | low;
    }
}
