using System.Numerics;

namespace Compose.SquashFs.Codecs;

/// <summary>Xz streams: one a block, with a CRC-32, as the kernel wants them.</summary>
internal sealed class XzCodec(XzCompression compression, int dictionarySize) : IBlockCodec
{
    private readonly ulong[] _filters = [.. FiltersOf(compression.Filters)];
    private byte[] _attempt = [];

    // liblzma gives up when the room ends: a block that needs more is stored.
    public int GetBound(int sourceLength) => sourceLength - 1;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        // A dictionary larger than the block would only cost memory to clear.
        var needed = Math.Max((int)BitOperations.RoundUpToPowerOf2((uint)source.Length), SquashFsFormat.MetadataBlockSize);
        var size = Math.Min(dictionarySize, needed);
        var best = LzmaLibrary.Encode(source, destination[..GetBound(source.Length)], compression.Level, size, filter: 0);
        foreach (var filter in _filters)
        {
            var room = best == 0 ? GetBound(source.Length) : best - 1;
            if (_attempt.Length < room)
            {
                _attempt = new byte[room];
            }

            var length = LzmaLibrary.Encode(source, _attempt.AsSpan(0, room), compression.Level, size, filter);
            if (length > 0)
            {
                _attempt.AsSpan(0, length).CopyTo(destination);
                best = length;
            }
        }

        return best;
    }

    public void Dispose()
    {
    }

    private static IEnumerable<ulong> FiltersOf(XzFilters filters)
    {
        // The numbers of the .xz format, in the order in which mksquashfs tries them.
        foreach (var (filter, number) in ((XzFilters, ulong)[])[
            (XzFilters.X86, 4), (XzFilters.PowerPc, 5), (XzFilters.Ia64, 6), (XzFilters.Arm, 7), (XzFilters.ArmThumb, 8), (XzFilters.Sparc, 9)])
        {
            if (filters.HasFlag(filter))
            {
                yield return number;
            }
        }
    }
}
