using System.Buffers.Binary;
using CsCheck;

namespace Compose.SquashFs.Tests.Samples;

/// <summary>Changes bytes as damage and attackers do. The same seed gives the same changes.</summary>
internal sealed class Mutation(uint stream, ulong seed)
{
    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 3, 7, 8, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0xFF_FFFF, 0x100_0000, 0x1FF_FFFF, int.MaxValue, 0x8000_0000,
        uint.MaxValue, uint.MaxValue - 1, 0x1_0000_0000, long.MaxValue, 0x8000_0000_0000_0000, ulong.MaxValue, ulong.MaxValue - 1, 8192, 8193, 4096,
    ];

    private readonly PCG _random = new(stream, seed);

    public int Below(int count) => (int)_random.Next((uint)count);

    /// <summary>A changed copy.</summary>
    public byte[] Apply(byte[] bytes)
    {
        bytes = [.. bytes];
        for (var changes = 1 + Below(3); changes > 0 && bytes.Length > 0; changes--)
        {
            bytes = ApplyOne(bytes);
        }

        return bytes;
    }

    /// <summary>Changes a field of the superblock, or any byte of it.</summary>
    public void ApplyToSuperblock(byte[] image)
    {
        int[] fields = [4, 8, 12, 16, 20, 22, 24, 26, 32, 40, 48, 56, 64, 72, 80, 88];
        var field = fields[Below(fields.Length)];
        if (Below(2) == 0)
        {
            WriteExtreme(image, field);
        }
        else
        {
            image[field + Below(4)] ^= (byte)(1 << Below(8));
        }
    }

    private byte[] ApplyOne(byte[] bytes)
    {
        var at = Below(bytes.Length);
        switch (Below(10))
        {
            case 0 or 1 or 2:
                bytes[at] ^= (byte)(1 << Below(8));
                return bytes;
            case 3:
                bytes[at] = (byte)Below(256);
                return bytes;
            case 4 or 5 or 6:
                WriteExtreme(bytes, at);
                return bytes;
            case 7:
                // Another part of the same bytes, here.
                var from = Below(bytes.Length);
                var length = Math.Min(1 + Below(64), bytes.Length - Math.Max(at, from));
                bytes.AsSpan(from, length).ToArray().CopyTo(bytes, at);
                return bytes;
            case 8:
                bytes.AsSpan(at, Math.Min(1 + Below(32), bytes.Length - at)).Fill((byte)(Below(2) == 0 ? 0 : 0xFF));
                return bytes;
            default:
                return Below(4) == 0 ? bytes[..at] : Shift(bytes, at);
        }
    }

    /// <summary>Takes bytes out or puts some in, so that what follows is elsewhere.</summary>
    private byte[] Shift(byte[] bytes, int at) =>
        Below(2) == 0 ? [.. bytes[..at], .. bytes[Math.Min(at + 1 + Below(4), bytes.Length)..]] : [.. bytes[..at], (byte)Below(256), .. bytes[at..]];

    private void WriteExtreme(byte[] bytes, int at)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, Extremes[Below(Extremes.Length)]);
        var size = Math.Min(1 << Below(4), bytes.Length - at);
        value[..size].CopyTo(bytes.AsSpan(at));
    }
}
