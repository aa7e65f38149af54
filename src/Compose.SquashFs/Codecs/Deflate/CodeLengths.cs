namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>How a block tells its codes: their lengths, with runs taken together, in a code of their own (RFC 1951, 3.2.7).</summary>
internal sealed class CodeLengths
{
    private const int PrecodeLimit = 7;
    private const int RepeatPrevious = 16;
    private const int RepeatZero = 17;
    private const int RepeatZeroLonger = 18;
    private const int MinimumLiterals = 257;
    private const int MinimumPrecode = 4;

    private readonly HuffmanCode _precode = new(DeflateFormat.PrecodeSymbols, PrecodeLimit);
    private readonly int[] _frequencies = new int[DeflateFormat.PrecodeSymbols];
    private readonly byte[] _lengths = new byte[DeflateFormat.LiteralSymbols + DeflateFormat.DistanceSymbols];
    private readonly (byte Symbol, byte Extra)[] _items = new (byte, byte)[DeflateFormat.LiteralSymbols + DeflateFormat.DistanceSymbols];
    private int _itemCount;
    private int _literals;
    private int _distances;
    private int _precodeLengths;

    /// <summary>Prepares the codes of a block for writing.</summary>
    /// <returns>The bits that <see cref="Write"/> will write.</returns>
    public int Prepare(HuffmanCode literals, HuffmanCode distances)
    {
        _literals = Math.Max(MinimumLiterals, literals.Lengths.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        _distances = Math.Max(1, distances.Lengths.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
        literals.Lengths.AsSpan(0, _literals).CopyTo(_lengths);
        distances.Lengths.AsSpan(0, _distances).CopyTo(_lengths.AsSpan(_literals));
        Array.Clear(_frequencies);
        _itemCount = 0;
        FindRuns(_lengths.AsSpan(0, _literals + _distances));
        _precode.Build(_frequencies);
        _precodeLengths = DeflateFormat.PrecodeSymbols;
        while (_precodeLengths > MinimumPrecode && _precode.Lengths[DeflateFormat.PrecodeOrder[_precodeLengths - 1]] == 0)
        {
            _precodeLengths--;
        }

        var bits = 5 + 5 + 4 + (3 * _precodeLengths);
        for (var symbol = 0; symbol < DeflateFormat.PrecodeSymbols; symbol++)
        {
            bits += _frequencies[symbol] * (_precode.Lengths[symbol] + ExtraBits(symbol));
        }

        return bits;
    }

    /// <summary>Writes what was prepared.</summary>
    public void Write(ref BitWriter writer)
    {
        writer.Add((uint)(_literals - MinimumLiterals), 5);
        writer.Add((uint)(_distances - 1), 5);
        writer.Add((uint)(_precodeLengths - MinimumPrecode), 4);
        writer.Flush();
        for (var i = 0; i < _precodeLengths; i++)
        {
            writer.Add(_precode.Lengths[DeflateFormat.PrecodeOrder[i]], 3);
            writer.Flush();
        }

        foreach (var (symbol, extra) in _items.AsSpan(0, _itemCount))
        {
            writer.Add(_precode.Codes[symbol], _precode.Lengths[symbol]);
            writer.Add(extra, ExtraBits(symbol));
            writer.Flush();
        }
    }

    private static int ExtraBits(int symbol) => symbol switch
    {
        RepeatPrevious => 2,
        RepeatZero => 3,
        RepeatZeroLonger => 7,
        _ => 0,
    };

    private void FindRuns(ReadOnlySpan<byte> lengths)
    {
        while (!lengths.IsEmpty)
        {
            var length = lengths[0];
            var run = lengths.IndexOfAnyExcept(length);
            run = run < 0 ? lengths.Length : run;
            lengths = lengths[run..];
            if (length != 0)
            {
                Add(length, 0);
                run--;
            }

            while (run >= 3)
            {
                var (symbol, minimum, maximum) = length != 0 ? (RepeatPrevious, 3, 6) : run > 10 ? (RepeatZeroLonger, 11, 138) : (RepeatZero, 3, 10);
                var taken = Math.Min(run, maximum);
                Add(symbol, taken - minimum);
                run -= taken;
            }

            for (; run > 0; run--)
            {
                Add(length, 0);
            }
        }
    }

    private void Add(int symbol, int extra)
    {
        _frequencies[symbol]++;
        _items[_itemCount++] = ((byte)symbol, (byte)extra);
    }
}
