using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>Reads and compares bytes in words, with the same results on processors of either byte order.</summary>
internal static unsafe class UnalignedLoad
{
    /// <summary>Four bytes, the first one lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint UInt32(byte* source)
    {
        var value = Unsafe.ReadUnaligned<uint>(source);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    /// <summary>Eight bytes, the first one lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong UInt64(byte* source)
    {
        var value = Unsafe.ReadUnaligned<ulong>(source);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    /// <summary>How many bytes are equal.</summary>
    /// <param name="here">The later bytes, of which <paramref name="maximum"/> are there.</param>
    /// <param name="there">The earlier bytes.</param>
    /// <param name="length">So many are known to be equal.</param>
    /// <param name="maximum">More do not count.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EqualBytes(byte* here, byte* there, int length, int maximum)
    {
        while (length <= maximum - sizeof(ulong))
        {
            var difference = UInt64(here + length) ^ UInt64(there + length);
            if (difference != 0)
            {
                return length + (BitOperations.TrailingZeroCount(difference) >> 3);
            }

            length += sizeof(ulong);
        }

        while (length < maximum && here[length] == there[length])
        {
            length++;
        }

        return length;
    }
}
