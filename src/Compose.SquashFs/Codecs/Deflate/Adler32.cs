using System.Numerics;
using System.Runtime.InteropServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>The checksum of RFC 1950.</summary>
internal static class Adler32
{
    private const uint Base = 65521;

    /// <summary>Bytes that can be summed up before 32 bits overflow, as RFC 1950's sample code has it, in whole vectors.</summary>
    private const int LongestRun = 5552 / 64 * 64;

    /// <summary>Vectors that can be summed up byte by byte before 16 bits overflow.</summary>
    private const int LongestColumn = 256;

    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var (low, high) = (1u, 0u);
        while (!bytes.IsEmpty)
        {
            var run = bytes[..Math.Min(bytes.Length, Math.Min(LongestRun, LongestColumn * Vector<byte>.Count))];
            bytes = bytes[run.Length..];
            if (run.Length >= Vector<byte>.Count)
            {
                var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(run);
                Add(vectors, ref low, ref high);
                run = run[(vectors.Length * Vector<byte>.Count)..];
            }

            foreach (var value in run)
            {
                low += value;
                high += low;
            }

            (low, high) = (low % Base, high % Base);
        }

        return (high << 16) | low;
    }

    /// <summary>
    /// The high sum counts each byte as often as there are bytes from it to the end: by whole vectors for those behind its
    /// own, and by its place for its own.
    /// </summary>
    private static void Add(ReadOnlySpan<Vector<byte>> vectors, ref uint low, ref uint high)
    {
        var (evenColumns, oddColumns) = (Vector<ushort>.Zero, Vector<ushort>.Zero);
        var (sums, sumsOfSums) = (Vector<uint>.Zero, Vector<uint>.Zero);
        foreach (var vector in vectors)
        {
            // Neighbours as the halves of 16 bits, whichever comes first in memory.
            var words = Vector.AsVectorUInt16(vector);
            var (upper, lower) = (Vector.ShiftRightLogical(words, 8), words & new Vector<ushort>(0xFF));
            sumsOfSums += sums;
            evenColumns += BitConverter.IsLittleEndian ? lower : upper;
            oddColumns += BitConverter.IsLittleEndian ? upper : lower;
            var pairs = Vector.AsVectorUInt32(upper + lower);
            sums += (pairs & new Vector<uint>(0xFFFF)) + Vector.ShiftRightLogical(pairs, 16);
        }

        var count = Vector<byte>.Count;
        high += (uint)(vectors.Length * count) * low;
        low += Vector.Sum(sums);
        high += (uint)count * Vector.Sum(sumsOfSums);
        for (var i = 0; i < Vector<ushort>.Count; i++)
        {
            high += (uint)(count - (2 * i)) * evenColumns[i];
            high += (uint)(count - (2 * i) - 1) * oddColumns[i];
        }
    }
}
