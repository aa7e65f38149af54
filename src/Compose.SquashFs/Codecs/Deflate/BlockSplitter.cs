using System.Numerics;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>
/// Splits sequences into blocks that each have codes of their own: small pieces are joined with a neighbour, first those that
/// are most alike, until every join would cost more than the codes that it saves.
/// </summary>
internal sealed unsafe class BlockSplitter
{
    private const int MinimumSymbols = 1024;
    private const int MaximumPieces = 128;

    // About what writing the codes takes: for the block, and for each symbol that occurs.
    private const int HeaderBits = 80;
    private const int HeaderBitsPerSymbol = 3;

    private readonly PinnedArray<int> _frequencies = new();
    private readonly PinnedArray<int> _joined = new();
    private readonly DeflateBlock[] _pieces = new DeflateBlock[MaximumPieces + 1];
    private readonly long[] _costs = new long[MaximumPieces + 1];
    private readonly long[] _gains = new long[MaximumPieces + 1];

    /// <summary>Splits what a source was parsed into.</summary>
    /// <returns>The blocks, valid until the next call.</returns>
    public Span<DeflateBlock> Split(byte* source, int length, SequenceBuffer sequences)
    {
        var count = MakePieces(source, length, sequences);
        for (var i = 0; i < count; i++)
        {
            _costs[i] = Cost(_pieces[i].Frequencies);
        }

        for (var i = 0; i < count - 1; i++)
        {
            _gains[i] = Gain(i);
        }

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i < count - 1; i++)
            {
                best = _gains[i] > _gains[best] ? i : best;
            }

            if (_gains[best] < 0)
            {
                break;
            }

            count = Join(best, count);
        }

        return _pieces.AsSpan(0, count);
    }

    private int MakePieces(byte* source, int length, SequenceBuffer sequences)
    {
        var symbolsEach = Math.Max(MinimumSymbols, (length + MaximumPieces - 1) / MaximumPieces);
        var frequencies = _frequencies.Reserve((MaximumPieces + 1) * DeflateBlock.FrequencyCount);
        var sequence = sequences.First;
        var end = sequence + sequences.Count;
        var count = 0;
        while (sequence < end)
        {
            new Span<int>(frequencies, DeflateBlock.FrequencyCount).Clear();
            ref var piece = ref _pieces[count++];
            piece.Sequences = sequence;
            piece.Source = source;
            piece.Frequencies = frequencies;
            sequence = CountSymbols(sequence, end, symbolsEach, frequencies, ref source);
            piece.SequenceCount = (int)(sequence - piece.Sequences);
            piece.SourceLength = (int)(source - piece.Source);
            frequencies += DeflateBlock.FrequencyCount;
        }

        return count;
    }

    private static Sequence* CountSymbols(Sequence* sequence, Sequence* end, int symbols, int* frequencies, ref byte* source)
    {
        var distances = frequencies + DeflateBlock.DistancesOffset;
        var lengths = frequencies + DeflateFormat.FirstLengthSymbol;
        fixed (byte* lengthIndexes = LengthSymbols.Indexes)
        {
            var next = source;
            while (symbols > 0 && sequence < end)
            {
                var match = *sequence++;
                symbols -= match.Literals + 1;
                for (var literalsEnd = next + match.Literals; next < literalsEnd; next++)
                {
                    frequencies[*next]++;
                }

                if (match.Length != 0)
                {
                    next += match.Length;
                    lengths[lengthIndexes[match.Length]]++;
                    distances[Sequence.DistanceSymbol(match.DistanceBelow)]++;
                }
            }

            source = next;
        }

        return sequence;
    }

    private static long Cost(int* frequencies)
    {
        var used = 0;
        var cost = SymbolCost.Of(frequencies, DeflateFormat.LiteralSymbols, ref used)
            + SymbolCost.Of(frequencies + DeflateBlock.DistancesOffset, DeflateFormat.DistanceSymbols, ref used);
        return cost + ((HeaderBits + (long)(used * HeaderBitsPerSymbol)) << SymbolCost.FractionBits);
    }

    /// <summary>What joining a block with its successor saves.</summary>
    private long Gain(int i)
    {
        var joined = _joined.Reserve(DeflateBlock.FrequencyCount);
        Sum(_pieces[i].Frequencies, _pieces[i + 1].Frequencies, joined);
        return _costs[i] + _costs[i + 1] - Cost(joined);
    }

    private int Join(int i, int count)
    {
        ref var piece = ref _pieces[i];
        ref readonly var next = ref _pieces[i + 1];
        piece.SequenceCount += next.SequenceCount;
        piece.SourceLength += next.SourceLength;
        Sum(piece.Frequencies, next.Frequencies, piece.Frequencies);
        _costs[i] += _costs[i + 1] - _gains[i];
        count--;
        _pieces.AsSpan(i + 2, count - i - 1).CopyTo(_pieces.AsSpan(i + 1));
        _costs.AsSpan(i + 2, count - i - 1).CopyTo(_costs.AsSpan(i + 1));
        _gains.AsSpan(i + 1, count - i - 1).CopyTo(_gains.AsSpan(i));
        if (i > 0)
        {
            _gains[i - 1] = Gain(i - 1);
        }

        if (i < count - 1)
        {
            _gains[i] = Gain(i);
        }

        return count;
    }

    private static void Sum(int* left, int* right, int* sum)
    {
        for (var i = 0; i < DeflateBlock.FrequencyCount; i += Vector<int>.Count)
        {
            Vector.Store(Vector.Load(left + i) + Vector.Load(right + i), sum + i);
        }
    }
}
