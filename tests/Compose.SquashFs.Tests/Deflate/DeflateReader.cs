namespace Compose.SquashFs.Tests.Deflate;

/// <summary>
/// Inflates as RFC 1951 describes it, slowly, and refuses what zlib lets pass: distances beyond the window, and codes that are
/// not complete.
/// </summary>
internal static class DeflateReader
{
    private static readonly int[] Order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    public static byte[] Read(ReadOnlySpan<byte> stream, int window)
    {
        var output = new List<byte>();
        var bit = 0;
        bool isLast;
        do
        {
            isLast = Bits(stream, ref bit, 1) == 1;
            var kind = Bits(stream, ref bit, 2);
            if (kind == 0)
            {
                var start = (bit + 7) / 8;
                var length = stream[start] | (stream[start + 1] << 8);
                Assert.Equal(length ^ 0xFFFF, stream[start + 2] | (stream[start + 3] << 8));
                output.AddRange(stream.Slice(start + 4, length));
                bit = (start + 4 + length) * 8;
                continue;
            }

            var (literals, distances) = kind == 1 ? Fixed() : Dynamic(stream, ref bit);
            ReadSymbols(stream, ref bit, literals, distances, window, output);
        }
        while (!isLast);

        Assert.Equal(stream.Length, (bit + 7) / 8);
        return [.. output];
    }

    private static int Bits(ReadOnlySpan<byte> stream, ref int bit, int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++, bit++)
        {
            value |= ((stream[bit / 8] >> (bit % 8)) & 1) << i;
        }

        return value;
    }

    private static Dictionary<(int Length, int Code), int> Codes(int[] lengths)
    {
        var codes = new Dictionary<(int, int), int>();
        var code = 0;
        for (var length = 1; length <= 15; length++, code <<= 1)
        {
            for (var symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length)
                {
                    codes.Add((length, code++), symbol);
                }
            }
        }

        Assert.Equal(1 << 15, lengths.Where(length => length > 0).Sum(length => 1 << (15 - length)));
        return codes;
    }

    private static int Symbol(ReadOnlySpan<byte> stream, ref int bit, Dictionary<(int Length, int Code), int> codes)
    {
        var code = 0;
        for (var length = 1; length <= 15; length++)
        {
            code = (code << 1) | Bits(stream, ref bit, 1);
            if (codes.TryGetValue((length, code), out var symbol))
            {
                return symbol;
            }
        }

        throw new InvalidDataException("There is no such code.");
    }

    private static (Dictionary<(int Length, int Code), int> Literals, Dictionary<(int Length, int Code), int> Distances) Fixed() =>
        (Codes([.. Enumerable.Range(0, 288).Select(symbol => symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)]),
            Codes([.. Enumerable.Repeat(5, 32)]));

    private static (Dictionary<(int Length, int Code), int> Literals, Dictionary<(int Length, int Code), int> Distances) Dynamic(
        ReadOnlySpan<byte> stream, ref int bit)
    {
        var literals = Bits(stream, ref bit, 5) + 257;
        var distances = Bits(stream, ref bit, 5) + 1;
        var precodeCount = Bits(stream, ref bit, 4) + 4;
        Assert.InRange(literals, 257, 286);
        Assert.InRange(distances, 1, 30);
        var precodeLengths = new int[19];
        for (var i = 0; i < precodeCount; i++)
        {
            precodeLengths[Order[i]] = Bits(stream, ref bit, 3);
        }

        var precode = Codes(precodeLengths);
        var lengths = new List<int>();
        while (lengths.Count < literals + distances)
        {
            var symbol = Symbol(stream, ref bit, precode);
            lengths.AddRange(symbol switch
            {
                16 => Enumerable.Repeat(lengths[^1], 3 + Bits(stream, ref bit, 2)),
                17 => Enumerable.Repeat(0, 3 + Bits(stream, ref bit, 3)),
                18 => Enumerable.Repeat(0, 11 + Bits(stream, ref bit, 7)),
                _ => [symbol],
            });
        }

        Assert.Equal(literals + distances, lengths.Count);
        return (Codes([.. lengths.Take(literals)]), Codes([.. lengths.Skip(literals)]));
    }

    private static void ReadSymbols(
        ReadOnlySpan<byte> stream,
        ref int bit,
        Dictionary<(int Length, int Code), int> literals,
        Dictionary<(int Length, int Code), int> distances,
        int window,
        List<byte> output)
    {
        while (true)
        {
            var symbol = Symbol(stream, ref bit, literals);
            if (symbol == 256)
            {
                return;
            }

            if (symbol < 256)
            {
                output.Add((byte)symbol);
                continue;
            }

            var length = symbol == 285 ? 258 : Value(stream, ref bit, symbol - 257, 4, 3);
            var distance = Value(stream, ref bit, Symbol(stream, ref bit, distances), 2, 1);
            Assert.InRange(distance, 1, Math.Min(window, output.Count));
            for (var i = 0; i < length; i++)
            {
                output.Add(output[^distance]);
            }
        }
    }

    /// <summary>Lengths and distances: so many symbols for each power of two.</summary>
    private static int Value(ReadOnlySpan<byte> stream, ref int bit, int index, int each, int first)
    {
        if (index < 2 * each)
        {
            return index + first;
        }

        var extraBits = (index / each) - 1;
        return (((index % each) + each) << extraBits) + first + Bits(stream, ref bit, extraBits);
    }
}
