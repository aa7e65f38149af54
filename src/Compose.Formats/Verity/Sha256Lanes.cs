using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// SHA-256 (FIPS 180-4) of sixteen blocks at once, one in each lane of a vector. Blocks of verity have one length and nothing
/// to do with each other, so a processor with AVX-512 is faster at this than with its instructions for SHA-256, whose rounds
/// wait for each other.
/// </summary>
internal static unsafe class Sha256Lanes
{
    /// <summary>The number of blocks that are hashed at once.</summary>
    public const int Count = 16;

    private const int BlockSize = VerityParameters.BlockSize;
    private const int ChunkSize = 64;
    private const int StateWords = 8;
    private const int Rounds = 64;
    private const int VectorSize = 64;

    /// <summary>Whether this processor can do it.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    private static ReadOnlySpan<uint> InitialState =>
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Hashes blocks of 4096 bytes that follow each other, each with the salt before it.</summary>
    /// <param name="salt">What is hashed before each block.</param>
    /// <param name="blocks">The bytes of <see cref="Count"/> blocks.</param>
    /// <param name="digests">The room for the digests, which follow each other too.</param>
    [SkipLocalsInit]
    public static void Hash(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(blocks.Length, Count * BlockSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(digests.Length, Count * Sha256Digest.Size);

        var memory = stackalloc byte[((StateWords + Rounds) * VectorSize) + (Count * ChunkSize) + VectorSize];
        var state = (Vector512<uint>*)(((nuint)memory + VectorSize - 1) & ~(nuint)(VectorSize - 1));
        var words = state + StateWords;
        var edges = (byte*)(words + Rounds);
        for (var i = 0; i < StateWords; i++)
        {
            state[i] = Vector512.Create(InitialState[i]);
        }

        // Behind the message come one bit, zeros, and its length in bits.
        var chunks = (salt.Length + BlockSize + 1 + sizeof(ulong) + ChunkSize - 1) / ChunkSize;
        fixed (byte* first = blocks)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                var offset = (chunk * ChunkSize) - salt.Length;
                if (offset >= 0 && offset + ChunkSize <= BlockSize)
                {
                    LoadWords(first + offset, BlockSize, words);
                }
                else
                {
                    FillEdges(salt, blocks, offset, isLast: chunk == chunks - 1, new Span<byte>(edges, Count * ChunkSize));
                    LoadWords(edges, ChunkSize, words);
                }

                Compress(state, words);
            }
        }

        var values = (uint*)state;
        for (var lane = 0; lane < Count; lane++)
        {
            for (var i = 0; i < StateWords; i++)
            {
                var place = digests[((lane * Sha256Digest.Size) + (i * sizeof(uint)))..];
                BinaryPrimitives.WriteUInt32BigEndian(place, values[(i * Count) + lane]);
            }
        }
    }

    /// <summary>Puts together the chunks that have more than bytes of the block in them: salt before it, or padding behind it.</summary>
    /// <param name="salt">What is hashed before each block.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="offset">Where the chunk starts in its block; negative when it starts in the salt.</param>
    /// <param name="isLast">Whether the length stands at the chunk's end.</param>
    /// <param name="edges">Takes one chunk for each lane.</param>
    private static void FillEdges(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> blocks, int offset, bool isLast, Span<byte> edges)
    {
        const byte EndMark = 0x80;

        edges.Clear();
        for (var lane = 0; lane < Count; lane++)
        {
            var chunk = edges.Slice(lane * ChunkSize, ChunkSize);
            var block = blocks.Slice(lane * BlockSize, BlockSize);
            if (offset < 0)
            {
                var rest = salt[(salt.Length + offset)..];
                rest = rest[..Math.Min(rest.Length, ChunkSize)];
                rest.CopyTo(chunk);
                block[..(ChunkSize - rest.Length)].CopyTo(chunk[rest.Length..]);
                continue;
            }

            if (offset <= BlockSize)
            {
                var rest = block[offset..];
                rest.CopyTo(chunk);
                chunk[rest.Length] = EndMark;
            }

            if (isLast)
            {
                BinaryPrimitives.WriteUInt64BigEndian(chunk[^sizeof(ulong)..], (ulong)(salt.Length + BlockSize) * 8);
            }
        }
    }

    /// <summary>Reads a chunk of each lane, and turns it so that a vector has the same word of all.</summary>
    /// <param name="first">The chunk of the first lane.</param>
    /// <param name="stride">The bytes from one lane's chunk to the next one's.</param>
    /// <param name="words">Takes sixteen vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoadWords(byte* first, int stride, Vector512<uint>* words)
    {
        var columns = words + 16;
        for (var group = 0; group < 4; group++, first += 4 * stride)
        {
            var row0 = LoadRow(first);
            var row1 = LoadRow(first + stride);
            var row2 = LoadRow(first + (2 * stride));
            var row3 = LoadRow(first + (3 * stride));
            var low01 = Avx512F.UnpackLow(row0, row1).AsUInt64();
            var high01 = Avx512F.UnpackHigh(row0, row1).AsUInt64();
            var low23 = Avx512F.UnpackLow(row2, row3).AsUInt64();
            var high23 = Avx512F.UnpackHigh(row2, row3).AsUInt64();

            // Each quarter k of column j now has the words 4k + j of four lanes. The schedule's room is still free for them.
            columns[group] = Avx512F.UnpackLow(low01, low23).AsUInt32();
            columns[4 + group] = Avx512F.UnpackHigh(low01, low23).AsUInt32();
            columns[8 + group] = Avx512F.UnpackLow(high01, high23).AsUInt32();
            columns[12 + group] = Avx512F.UnpackHigh(high01, high23).AsUInt32();
        }

        const byte EvenQuarters = 0x88;
        const byte OddQuarters = 0xdd;
        for (var j = 0; j < 4; j++, columns += 4)
        {
            var even01 = Avx512F.Shuffle4x128(columns[0], columns[1], EvenQuarters);
            var odd01 = Avx512F.Shuffle4x128(columns[0], columns[1], OddQuarters);
            var even23 = Avx512F.Shuffle4x128(columns[2], columns[3], EvenQuarters);
            var odd23 = Avx512F.Shuffle4x128(columns[2], columns[3], OddQuarters);
            words[j] = Avx512F.Shuffle4x128(even01, even23, EvenQuarters);
            words[4 + j] = Avx512F.Shuffle4x128(odd01, odd23, EvenQuarters);
            words[8 + j] = Avx512F.Shuffle4x128(even01, even23, OddQuarters);
            words[12 + j] = Avx512F.Shuffle4x128(odd01, odd23, OddQuarters);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> LoadRow(byte* row)
    {
        // Words are big-endian.
        var order = Vector512.Create(Vector256.Create(Order(), Order()));
        return Avx512BW.Shuffle(Vector512.Load(row), order).AsUInt32();

        static Vector128<byte> Order() => Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    }

    /// <summary>One chunk of all lanes: the message schedule, and 64 rounds.</summary>
    /// <remarks>Compiled at its best at once: as the runtime compiles at first, it would be slower than one block after the other.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compress(Vector512<uint>* state, Vector512<uint>* words)
    {
        for (var i = 16; i < Rounds; i++)
        {
            words[i] = words[i - 16] + Schedule0(words[i - 15]) + words[i - 7] + Schedule1(words[i - 2]);
        }

        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        fixed (uint* constants = RoundConstants)
        {
            // Eight rounds, after which each variable is at its place again. What the next round waits for is added last.
            for (var i = 0; i < Rounds; i += 8)
            {
                h = h + Vector512.Create(constants[i]) + words[i] + Choose(e, f, g) + Sum1(e);
                d += h;
                h += Majority(a, b, c) + Sum0(a);
                g = g + Vector512.Create(constants[i + 1]) + words[i + 1] + Choose(d, e, f) + Sum1(d);
                c += g;
                g += Majority(h, a, b) + Sum0(h);
                f = f + Vector512.Create(constants[i + 2]) + words[i + 2] + Choose(c, d, e) + Sum1(c);
                b += f;
                f += Majority(g, h, a) + Sum0(g);
                e = e + Vector512.Create(constants[i + 3]) + words[i + 3] + Choose(b, c, d) + Sum1(b);
                a += e;
                e += Majority(f, g, h) + Sum0(f);
                d = d + Vector512.Create(constants[i + 4]) + words[i + 4] + Choose(a, b, c) + Sum1(a);
                h += d;
                d += Majority(e, f, g) + Sum0(e);
                c = c + Vector512.Create(constants[i + 5]) + words[i + 5] + Choose(h, a, b) + Sum1(h);
                g += c;
                c += Majority(d, e, f) + Sum0(d);
                b = b + Vector512.Create(constants[i + 6]) + words[i + 6] + Choose(g, h, a) + Sum1(g);
                f += b;
                b += Majority(c, d, e) + Sum0(c);
                a = a + Vector512.Create(constants[i + 7]) + words[i + 7] + Choose(f, g, h) + Sum1(f);
                e += a;
                a += Majority(b, c, d) + Sum0(b);
            }
        }

        (state[0], state[1], state[2], state[3]) = (state[0] + a, state[1] + b, state[2] + c, state[3] + d);
        (state[4], state[5], state[6], state[7]) = (state[4] + e, state[5] + f, state[6] + g, state[7] + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Choose(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) => Avx512F.TernaryLogic(x, y, z, 0xca);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Majority(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) => Avx512F.TernaryLogic(x, y, z, 0xe8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Sum0(Vector512<uint> x) =>
        Xor(Avx512F.RotateRight(x, 2), Avx512F.RotateRight(x, 13), Avx512F.RotateRight(x, 22));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Sum1(Vector512<uint> x) =>
        Xor(Avx512F.RotateRight(x, 6), Avx512F.RotateRight(x, 11), Avx512F.RotateRight(x, 25));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Schedule0(Vector512<uint> x) => Xor(Avx512F.RotateRight(x, 7), Avx512F.RotateRight(x, 18), x >>> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Schedule1(Vector512<uint> x) => Xor(Avx512F.RotateRight(x, 17), Avx512F.RotateRight(x, 19), x >>> 10);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) => Avx512F.TernaryLogic(x, y, z, 0x96);
}
