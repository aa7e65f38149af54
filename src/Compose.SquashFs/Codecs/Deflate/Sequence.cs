using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>Literals and the match behind them.</summary>
/// <param name="Literals">The number of literals, at most <see cref="MaximumLiterals"/>.</param>
/// <param name="Length">The match's length, or 0 where there is none.</param>
/// <param name="DistanceBelow">The match's distance less one.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Sequence(ushort Literals, ushort Length, int DistanceBelow)
{
    /// <summary>More literals than these are spread over several sequences, so that a block can end between them.</summary>
    public const int MaximumLiterals = 512;

    /// <summary>The symbol of a distance.</summary>
    /// <param name="distanceBelow">The distance less one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DistanceSymbol(int distanceBelow)
    {
        if (distanceBelow < 4)
        {
            return distanceBelow;
        }

        // Two symbols for each power of two: the bit below the highest tells which.
        var log = BitOperations.Log2((uint)distanceBelow);
        return (2 * log) + ((distanceBelow >> (log - 1)) & 1);
    }
}
