using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Compose.SquashFs.Codecs;

/// <summary>
/// Tells blocks that no codec will shrink, such as parts of compressed files, from all others, in a small part of the time
/// that a high level takes to find out. One for each thread.
/// </summary>
/// <remarks>
/// A codec gains from two things: bytes that are not equally frequent, and sequences that come again. Both are looked for.
/// The first in small pieces, as a codec adapts its codes to a part of a block; Pearson's chi-squared tells how far a piece
/// is from equal frequencies. The limits come from measurements: of 220 MB in blocks that a fast codec could not shrink,
/// zstd at level 15 would have gained 300 bytes in those that these limits call hopeless.
/// </remarks>
internal sealed class CompressibilityProbe
{
    /// <summary>Counts up when the verdict for any block changes, as the image's bytes then change too.</summary>
    public const int Version = 1;

    /// <summary>Smaller blocks cost little and tell little.</summary>
    public const int MinimumLength = 4096;

    private const int PieceLength = 4096;

    // Chi-squared of 255 degrees of freedom has the mean 255 and the standard deviation 22.6; this is 40 of them above.
    private const long ChiSquaredLimit = 1160;

    // Sequences of six bytes are looked up when their hash begins with four zeros: those that are equal are chosen alike,
    // and the table can remember all that are chosen. One that comes again, in this many bytes of the block, is allowed.
    private const int SequenceBits = 48;
    private const int ChoiceBits = 4;
    private const int BytesPerMatch = 32 * 1024;
    private const ulong HashFactor = 0x9E3779B97F4A7C15;

    private int[] _positions = [];

    /// <summary>Whether it is worth while to compress a block.</summary>
    public bool MayShrink(ReadOnlySpan<byte> block) =>
        block.Length < MinimumLength || HasUnequalFrequencies(block) || HasRepetitions(block);

    [SkipLocalsInit]
    private static bool HasUnequalFrequencies(ReadOnlySpan<byte> block)
    {
        // Four counts for each value, so that equal neighbours do not wait for each other.
        Span<int> counts = stackalloc int[4 * 256];
        while (block.Length >= PieceLength)
        {
            // The last piece takes in what is left over.
            var length = block.Length < 2 * PieceLength ? block.Length : PieceLength;
            counts.Clear();
            Count(block[..length], counts);
            if (SumOfSquares(counts) * 256 > (ChiSquaredLimit + length) * length)
            {
                return true;
            }

            block = block[length..];
        }

        return false;
    }

    private static void Count(ReadOnlySpan<byte> piece, Span<int> counts)
    {
        ref var count = ref MemoryMarshal.GetReference(counts);
        var words = MemoryMarshal.Cast<byte, uint>(piece);
        foreach (var word in words)
        {
            Unsafe.Add(ref count, word & 0xFF)++;
            Unsafe.Add(ref count, 256 + ((word >> 8) & 0xFF))++;
            Unsafe.Add(ref count, 512 + ((word >> 16) & 0xFF))++;
            Unsafe.Add(ref count, 768 + (word >> 24))++;
        }

        foreach (var value in piece[(words.Length * sizeof(uint))..])
        {
            counts[value]++;
        }
    }

    private static long SumOfSquares(Span<int> counts)
    {
        // A piece has less than 8 KiB, so the squares' sum fits 32 bits.
        var sums = Vector<int>.Zero;
        for (var i = 0; i < 256; i += Vector<int>.Count)
        {
            var sum = new Vector<int>(counts[i..]) + new Vector<int>(counts[(256 + i)..])
                + new Vector<int>(counts[(512 + i)..]) + new Vector<int>(counts[(768 + i)..]);
            sums += sum * sum;
        }

        return Vector.Sum(sums);
    }

    private bool HasRepetitions(ReadOnlySpan<byte> block)
    {
        var hashBits = BitOperations.Log2((uint)block.Length) - ChoiceBits;
        if (_positions.Length < 1 << hashBits)
        {
            _positions = new int[1 << hashBits];
        }

        // Entries start as 0: what is there is not remembered.
        _positions.AsSpan(0, 1 << hashBits).Clear();
        ref var start = ref MemoryMarshal.GetReference(block);
        ref var positions = ref MemoryMarshal.GetArrayDataReference(_positions);
        var matchesLeft = block.Length / BytesPerMatch;
        var end = block.Length - sizeof(ulong);
        for (var i = 1; i <= end; i++)
        {
            var sequence = Sequence(ref start, i);
            var hash = sequence * HashFactor;
            if (hash >> (64 - ChoiceBits) != 0)
            {
                continue;
            }

            ref var position = ref Unsafe.Add(ref positions, (int)(hash << ChoiceBits >> (64 - hashBits)));
            if (position != 0 && Sequence(ref start, position) == sequence && --matchesLeft < 0)
            {
                return true;
            }

            position = i;
        }

        return false;
    }

    /// <summary>The six bytes at a position, in a number's upper bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Sequence(ref byte start, int position)
    {
        var bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, position));
        return (BitConverter.IsLittleEndian ? bytes : BinaryPrimitives.ReverseEndianness(bytes)) << (64 - SequenceBits);
    }
}
