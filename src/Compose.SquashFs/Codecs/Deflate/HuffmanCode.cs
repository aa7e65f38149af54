namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>
/// Optimal prefix codes of limited length, in RFC 1951's canonical form. The lengths come by the method of Moffat and
/// Katajainen ("In-place calculation of minimum-redundancy codes", 1995); those above the limit are cut, and other codes made
/// longer for it.
/// </summary>
internal sealed unsafe class HuffmanCode
{
    /// <summary>The most bits of any code in the format.</summary>
    public const int MaximumLength = 15;

    private const int SymbolBits = 9;
    private const int MaximumSymbols = 1 << SymbolBits;

    /// <summary>Symbols that occur less often are sorted by counting.</summary>
    private const int RareLimit = 128;

    private readonly int _limit;
    private readonly ulong[] _sorted = new ulong[MaximumSymbols];
    private readonly int[] _nodes = new int[MaximumSymbols];
    private readonly int[] _lengthCounts = new int[MaximumLength + 1];

    /// <summary>A code for so many symbols, with at most so many bits for each.</summary>
    public HuffmanCode(int symbols, int limit)
    {
        _limit = limit;
        Lengths = new byte[symbols];
        Codes = new ushort[symbols];
    }

    /// <summary>The bits of each symbol's code; 0 where it is not used.</summary>
    public byte[] Lengths { get; }

    /// <summary>Each symbol's code, its first bit lowest, as it is written.</summary>
    public ushort[] Codes { get; }

    /// <summary>Makes the code. Fewer than two symbols get company, as decoders differ on a code of a single one.</summary>
    /// <param name="frequencies">How often each symbol occurs; in all at most 2^31.</param>
    public void Build(ReadOnlySpan<int> frequencies)
    {
        var used = Sort(frequencies);
        Array.Clear(_lengthCounts);
        Array.Clear(Lengths);
        if (used.Length < 2)
        {
            // The two of the lowest numbers, or the one that occurs and another.
            var symbol = used.IsEmpty ? 0 : (int)(used[0] % MaximumSymbols);
            Lengths[symbol] = 1;
            Lengths[symbol == 0 ? 1 : 0] = 1;
            _lengthCounts[1] = 2;
        }
        else
        {
            CountLengths(used);
            AssignLengths(used);
        }

        AssignCodes();
    }

    /// <summary>Takes the lengths from elsewhere.</summary>
    public void Set(ReadOnlySpan<byte> lengths)
    {
        lengths.CopyTo(Lengths);
        Array.Clear(_lengthCounts);
        foreach (var length in lengths)
        {
            _lengthCounts[length]++;
        }

        _lengthCounts[0] = 0;
        AssignCodes();
    }

    /// <summary>The symbols that occur, the rarest first, each below its frequency.</summary>
    private Span<ulong> Sort(ReadOnlySpan<int> frequencies)
    {
        // How many symbols occur so often, then where the next of them goes.
        Span<int> places = stackalloc int[RareLimit + 1];
        places.Clear();
        for (var symbol = 0; symbol < Lengths.Length; symbol++)
        {
            places[Math.Min(frequencies[symbol], RareLimit)]++;
        }

        var count = 0;
        for (var frequency = 1; frequency <= RareLimit; frequency++)
        {
            (places[frequency], count) = (count, count + places[frequency]);
        }

        for (var symbol = 0; symbol < Lengths.Length; symbol++)
        {
            var frequency = frequencies[symbol];
            if (frequency != 0)
            {
                _sorted[places[Math.Min(frequency, RareLimit)]++] = ((ulong)frequency << SymbolBits) | (uint)symbol;
            }
        }

        var used = _sorted.AsSpan(0, count);
        used[places[RareLimit - 1]..].Sort();
        return used;
    }

    private void CountLengths(ReadOnlySpan<ulong> used)
    {
        // Both leaves and inner nodes come in the order of their weights, so that the two lightest are at hand. An inner
        // node's weight gives way to its parent's number, and that to its depth.
        var nodes = _nodes;
        var (leaf, root) = (0, 0);
        var inner = used.Length - 1;
        for (var next = 0; next < inner; next++)
        {
            var weight = 0;
            for (var child = 0; child < 2; child++)
            {
                if (leaf < used.Length && (root == next || (int)(used[leaf] >> SymbolBits) <= nodes[root]))
                {
                    weight += (int)(used[leaf++] >> SymbolBits);
                }
                else
                {
                    weight += nodes[root];
                    nodes[root++] = next;
                }
            }

            nodes[next] = weight;
        }

        nodes[inner - 1] = 0;
        _lengthCounts[1] = 2;
        for (var node = inner - 2; node >= 0; node--)
        {
            // It takes the place of a leaf and brings two, one deeper. Where that is too deep, it does so at the deepest
            // place above the limit.
            var depth = nodes[nodes[node]] + 1;
            nodes[node] = depth;
            if (depth >= _limit)
            {
                depth = _limit - 1;
                while (_lengthCounts[depth] == 0)
                {
                    depth--;
                }
            }

            _lengthCounts[depth]--;
            _lengthCounts[depth + 1] += 2;
        }
    }

    private void AssignLengths(ReadOnlySpan<ulong> used)
    {
        var next = 0;
        for (var length = _limit; length > 0; length--)
        {
            for (var i = 0; i < _lengthCounts[length]; i++)
            {
                Lengths[(int)(used[next++] % MaximumSymbols)] = (byte)length;
            }
        }
    }

    private void AssignCodes()
    {
        Span<int> nextCodes = stackalloc int[MaximumLength + 1];
        var code = 0;
        for (var length = 1; length <= MaximumLength; length++)
        {
            code = (code + _lengthCounts[length - 1]) << 1;
            nextCodes[length] = code;
        }

        for (var symbol = 0; symbol < Lengths.Length; symbol++)
        {
            var length = Lengths[symbol];
            if (length != 0)
            {
                Codes[symbol] = (ushort)(Reverse((uint)nextCodes[length]++) >> (16 - length));
            }
        }
    }

    /// <summary>The lower 16 bits in opposite order.</summary>
    private static uint Reverse(uint bits)
    {
        bits = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
        bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
        bits = ((bits & 0x0F0F) << 4) | ((bits >> 4) & 0x0F0F);
        return ((bits & 0x00FF) << 8) | (bits >> 8);
    }
}
