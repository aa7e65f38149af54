using System.Buffers.Binary;
using Compose.SquashFs.Codecs.Deflate;

namespace Compose.SquashFs.Codecs;

/// <summary>Deflate streams with zlib's header and checksum (RFC 1950), as squashfs's "gzip" means.</summary>
internal sealed class GzipCodec(GzipCompression compression) : IBlockCodec
{
    private const int HeaderLength = sizeof(ushort);
    private const int SumLength = sizeof(uint);
    private const int MinimumWindowBits = 8;
    private const int DeflateMethod = 8;
    private const int CheckBase = 31;

    private static readonly GzipStrategies[] KnownStrategies = Enum.GetValues<GzipStrategies>();

    private readonly DeflateEncoder _encoder = new(compression.Level, compression.WindowBits);
    private readonly GzipStrategies[] _strategies = [.. KnownStrategies.Where(strategy => compression.Strategies.HasFlag(strategy))];
    private readonly ushort _header = MakeHeader(compression);
    private byte[] _attempt = [];

    public int GetBound(int sourceLength) => sourceLength + DeflateEncoder.Slack;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        // Only what is shorter than the source is worth keeping, and then only what is shorter than the best so far.
        var limit = source.Length - 1 - HeaderLength - SumLength;
        var best = 0;
        foreach (var strategy in _strategies)
        {
            if (limit <= 0)
            {
                break;
            }

            var stream = best == 0 ? destination[HeaderLength..] : Attempt(source.Length);
            var length = _encoder.Encode(source, strategy, stream[..(limit + DeflateEncoder.Slack)]);
            if (length == 0)
            {
                continue;
            }

            if (best != 0)
            {
                stream[..length].CopyTo(destination[HeaderLength..]);
            }

            best = length;
            limit = length - 1;
        }

        if (best == 0)
        {
            return 0;
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination, _header);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(HeaderLength + best)..], Adler32.Of(source));
        return HeaderLength + best + SumLength;
    }

    public void Dispose()
    {
    }

    private static ushort MakeHeader(GzipCompression compression)
    {
        // How hard it was tried, as zlib tells it.
        var effort = compression.Level switch { 1 => 0, < 6 => 1, 6 => 2, _ => 3 };
        var header = ((compression.WindowBits - MinimumWindowBits) << 12) | (DeflateMethod << 8) | (effort << 6);
        return (ushort)(header + CheckBase - (header % CheckBase));
    }

    private Span<byte> Attempt(int sourceLength)
    {
        if (_attempt.Length < GetBound(sourceLength))
        {
            _attempt = GC.AllocateUninitializedArray<byte>(GetBound(sourceLength));
        }

        return _attempt;
    }
}
