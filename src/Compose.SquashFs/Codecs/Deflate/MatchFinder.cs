using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>
/// Finds earlier occurrences of the bytes at a place: chains of positions whose four bytes hash alike, the latest first, and
/// the latest position for each hash of three bytes.
/// </summary>
/// <remarks>
/// Positions have 16 bits, so that the tables take few of the processor's caches: the upper half of them is the window's
/// length that is being parsed, the lower half the window before it. When the upper half is used up, all positions slide
/// down by a window; what falls out becomes 0, which is too far from all.
/// </remarks>
internal sealed unsafe class MatchFinder(int windowBits)
{
    /// <summary>Bytes that are read at a place, to hash it and the next one.</summary>
    public const int ReadBytes = HashedBytes + 1;

    private const int HashedBytes = sizeof(uint);

    private const int Window = 1 << DeflateFormat.MaximumWindowBits;
    private const int LongHashBits = 15;
    private const int ShortHashBits = 14;
    private const int FastHashBits = 13;
    private const int ShortOffset = 1 << LongHashBits;
    private const int EarlierOffset = ShortOffset + (1 << ShortHashBits);
    private const int PositionCount = EarlierOffset + Window;
    private const uint HashFactor = 0x9E3779B1;

    // The position a whole window back would have its link overwritten by the one at hand.
    private readonly int _maximumDistance = Math.Min(1 << windowBits, Window - 1);

    // The latest positions by the hashes of four and of three bytes, and the position before each: one behind the other, so
    // that one pointer, which stays in a register, leads to all.
    private readonly PinnedArray<ushort> _positions = new();
    private ushort* _latest;

    /// <summary>Where position 0 would be.</summary>
    private byte* _origin;

    /// <summary>Starts a block.</summary>
    /// <param name="source">The block, which stays where it is until the next one starts.</param>
    public void Begin(byte* source)
    {
        // Links are followed only from positions that were noted, so that none of an earlier block is met.
        _latest = _positions.Reserve(PositionCount);
        new Span<ushort>(_latest, EarlierOffset).Clear();
        _origin = source - Window;
    }

    /// <summary>Notes a place and finds the longest match there.</summary>
    /// <param name="here">The place: not before one that was noted, and <see cref="ReadBytes"/> bytes or more are left.</param>
    /// <param name="end">The block's end.</param>
    /// <param name="best">Only longer matches count; at least 2.</param>
    /// <param name="depth">How many earlier places are tried.</param>
    /// <param name="nice">A match of this length is taken at once.</param>
    /// <param name="distance">The distance of the match, where there is one.</param>
    /// <returns>The match's length, or <paramref name="best"/> where there is none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindLongest(byte* here, byte* end, int best, int depth, int nice, ref int distance)
    {
        var position = PositionOf(here);
        var origin = _origin;
        var latest = _latest;
        var sequence = UnalignedLoad.UInt32(here);
        var cutoff = position - _maximumDistance;

        var slot = latest + LongHash(sequence);
        nint candidate = *slot;
        *slot = (ushort)position;
        latest[EarlierOffset + (position & (Window - 1))] = (ushort)candidate;
        slot = latest + ShortOffset + ShortHash(sequence);
        nint shortCandidate = *slot;
        *slot = (ushort)position;

        if (Sse.IsSupported)
        {
            // The next place is likely the next to be looked up.
            var following = UnalignedLoad.UInt32(here + 1);
            Sse.Prefetch0(latest + LongHash(following));
            Sse.Prefetch0(latest + ShortOffset + ShortHash(following));
        }

        var maximum = (int)nint.Min((nint)(end - here), DeflateFormat.MaximumMatch);
        nice = Math.Min(nice, maximum);
        if (best >= nice)
        {
            return best;
        }

        if (best < HashedBytes)
        {
            if (best < DeflateFormat.MinimumMatch && shortCandidate >= cutoff
                && (UnalignedLoad.UInt32(origin + shortCandidate) ^ sequence) << 8 == 0)
            {
                best = DeflateFormat.MinimumMatch;
                distance = (int)(position - shortCandidate);
            }

            while (true)
            {
                if (candidate < cutoff)
                {
                    return best;
                }

                if (UnalignedLoad.UInt32(origin + candidate) == sequence)
                {
                    break;
                }

                if (--depth <= 0)
                {
                    return best;
                }

                candidate = latest[EarlierOffset + (candidate & (Window - 1))];
            }

            best = UnalignedLoad.EqualBytes(here, origin + candidate, HashedBytes, maximum);
            distance = (int)(position - candidate);
            if (best >= nice || --depth <= 0)
            {
                return best;
            }

            candidate = latest[EarlierOffset + (candidate & (Window - 1))];
        }

        // A longer match has the next byte too: it and those before it differ more often than the first ones.
        var tail = UnalignedLoad.UInt32(here + best - 3);
        var tailOrigin = origin + best - 3;
        while (candidate >= cutoff)
        {
            if (UnalignedLoad.UInt32(tailOrigin + candidate) == tail && UnalignedLoad.UInt32(origin + candidate) == sequence)
            {
                var length = UnalignedLoad.EqualBytes(here, origin + candidate, HashedBytes, maximum);
                if (length > best)
                {
                    best = length;
                    distance = (int)(position - candidate);
                    if (best >= nice)
                    {
                        return best;
                    }

                    tail = UnalignedLoad.UInt32(here + best - 3);
                    tailOrigin = origin + best - 3;
                }
            }

            if (--depth <= 0)
            {
                return best;
            }

            candidate = latest[EarlierOffset + (candidate & (Window - 1))];
        }

        return best;
    }

    /// <summary>
    /// Notes a place and finds the match with the latest one whose four bytes hash alike. Not to be mixed with chains.
    /// </summary>
    /// <param name="here">The place: not before one that was noted, and <see cref="ReadBytes"/> bytes or more are left.</param>
    /// <param name="end">The block's end.</param>
    /// <param name="distance">The distance of the match, where there is one.</param>
    /// <returns>The match's length, or 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindLatest(byte* here, byte* end, ref int distance)
    {
        var position = PositionOf(here);
        var sequence = UnalignedLoad.UInt32(here);
        var slot = _latest + FastHash(sequence);
        nint candidate = *slot;
        *slot = (ushort)position;
        if (candidate < position - _maximumDistance || UnalignedLoad.UInt32(_origin + candidate) != sequence)
        {
            return 0;
        }

        distance = (int)(position - candidate);
        return UnalignedLoad.EqualBytes(
            here, _origin + candidate, HashedBytes, (int)nint.Min((nint)(end - here), DeflateFormat.MaximumMatch));
    }

    /// <summary>Notes places for <see cref="FindLatest"/>.</summary>
    /// <param name="here">The first.</param>
    /// <param name="end">Behind the last, at which <see cref="ReadBytes"/> bytes are there.</param>
    public void NoteLatest(byte* here, byte* end)
    {
        var position = PositionOf(here, end);
        var latest = _latest;
        for (; here < end; here++)
        {
            latest[FastHash(UnalignedLoad.UInt32(here))] = (ushort)position++;
        }
    }

    /// <summary>Notes places without looking for matches.</summary>
    /// <param name="here">The first.</param>
    /// <param name="end">Behind the last, at which <see cref="ReadBytes"/> bytes are there.</param>
    public void Note(byte* here, byte* end)
    {
        var position = PositionOf(here, end);
        var latest = _latest;
        for (; here < end; here++)
        {
            var sequence = UnalignedLoad.UInt32(here);
            var slot = latest + LongHash(sequence);
            latest[EarlierOffset + (position & (Window - 1))] = *slot;
            *slot = (ushort)position;
            latest[ShortOffset + ShortHash(sequence)] = (ushort)position;
            position++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint LongHash(uint sequence) => (nint)((sequence * HashFactor) >> (32 - LongHashBits));

    /// <summary>A hash for the table without chains, which shall fit the processor's first cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint FastHash(uint sequence) => (nint)((sequence * HashFactor) >> (32 - FastHashBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint ShortHash(uint sequence) => (nint)(((sequence << 8) * HashFactor) >> (32 - ShortHashBits));

    /// <summary>The position of a place, which is made to have 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint PositionOf(byte* here) => PositionOf(here, here + 1);

    /// <summary>The position of the first of some places, all of which are made to have positions of 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint PositionOf(byte* here, byte* end)
    {
        if (end - _origin > 2 * Window)
        {
            Slide();
        }

        return (nint)(here - _origin);
    }

    private void Slide()
    {
        var window = new Vector<ushort>(Window);
        for (var positions = _latest; positions < _latest + PositionCount; positions += Vector<ushort>.Count)
        {
            Vector.Store(Vector.Max(Vector.Load(positions), window) - window, positions);
        }

        _origin += Window;
    }
}
