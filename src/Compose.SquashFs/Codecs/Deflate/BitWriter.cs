using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>
/// Writes bits, the lowest first. It writes up to eight bytes beyond what it has: who uses it knows before how much will
/// come, and that there is room.
/// </summary>
internal unsafe struct BitWriter(byte* destination)
{
    /// <summary>Bits that can be added between two calls of <see cref="Flush"/>.</summary>
    public const int Room = 56;

    private byte* _next = destination;
    private ulong _bits;
    private int _count;

    /// <summary>Where the next whole byte goes.</summary>
    public readonly byte* Position => _next;

    /// <summary>Bits that do not make a byte yet. Only behind <see cref="Flush"/>.</summary>
    public readonly int PendingBits => _count;

    /// <summary>Adds bits.</summary>
    /// <param name="bits">The bits; those above the count are zero.</param>
    /// <param name="count">How many they are.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong bits, int count)
    {
        _bits |= bits << _count;
        _count += count;
    }

    /// <summary>Writes the whole bytes, so that there is room for more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Flush()
    {
        Unsafe.WriteUnaligned(_next, BitConverter.IsLittleEndian ? _bits : BinaryPrimitives.ReverseEndianness(_bits));
        _next += _count >> 3;
        _bits >>= _count & ~7;
        _count &= 7;
    }

    /// <summary>Fills the last byte up with zeros.</summary>
    public void Align()
    {
        Flush();
        _count = (_count + 7) & ~7;
        Flush();
    }

    /// <summary>Writes bytes. Only behind <see cref="Align"/>.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_next, bytes.Length));
        _next += bytes.Length;
    }
}
