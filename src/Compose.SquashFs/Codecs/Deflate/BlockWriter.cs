using System.Runtime.CompilerServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>Writes blocks, each in the shortest of the format's three kinds.</summary>
internal sealed unsafe class BlockWriter
{
    /// <summary>Four literals fit the bit writer's room; a limit of 15 would save next to nothing.</summary>
    private const int LiteralLimit = BitWriter.Room / LiteralsAtOnce;

    private const int LiteralsAtOnce = 4;
    private const int StoredKind = 0;
    private const int FixedKind = 1;
    private const int DynamicKind = 2;
    private const int KindBits = 3;

    // An entry is a code with its extra bits, if any, above the number of its bits.
    private const int EntryShift = 8;

    private readonly HuffmanCode _literals = new(DeflateFormat.LiteralSymbols, LiteralLimit);
    private readonly HuffmanCode _distances = new(DeflateFormat.DistanceSymbols, HuffmanCode.MaximumLength);
    private readonly CodeLengths _codeLengths = new();
    private readonly PinnedArray<uint> _literalEntries = new();
    private readonly PinnedArray<uint> _lengthEntries = new();
    private readonly PinnedArray<uint> _distanceEntries = new();
    private readonly HuffmanCode _fixedLiterals = MakeFixedLiterals();
    private readonly HuffmanCode _fixedDistances = MakeFixedDistances();

    /// <summary>Writes a block if there is room for it.</summary>
    /// <param name="block">The block.</param>
    /// <param name="isFixed">Whether the code must not be one of the block's own.</param>
    /// <param name="isLast">Whether no other follows.</param>
    /// <param name="writer">Takes the block.</param>
    /// <param name="end">The end of the room; eight bytes behind it are overwritten too.</param>
    /// <returns>Whether there was room.</returns>
    public bool TryWrite(in DeflateBlock block, bool isFixed, bool isLast, ref BitWriter writer, byte* end)
    {
        writer.Flush();
        block.Frequencies[DeflateFormat.EndOfBlock] = 1;
        var kind = FixedKind;
        var bits = KindBits + DataBits(block, _fixedLiterals, _fixedDistances);
        if (!isFixed)
        {
            _literals.Build(block.LiteralFrequencies);
            _distances.Build(block.DistanceFrequencies);
            var dynamicBits = KindBits + _codeLengths.Prepare(_literals, _distances) + DataBits(block, _literals, _distances);
            (kind, bits) = dynamicBits < bits ? (DynamicKind, dynamicBits) : (kind, bits);
        }

        var storedBits = StoredBits(block.SourceLength, writer.PendingBits);
        (kind, bits) = storedBits <= bits ? (StoredKind, storedBits) : (kind, bits);
        if (writer.PendingBits + bits > (end - writer.Position) * 8)
        {
            return false;
        }

        var header = (isLast ? 1u : 0) | (uint)(kind << 1);
        if (kind == StoredKind)
        {
            WriteStored(block, isLast, ref writer);
            return true;
        }

        writer.Add(header, KindBits);
        if (kind == DynamicKind)
        {
            _codeLengths.Write(ref writer);
        }

        WriteData(
            block,
            kind == DynamicKind ? _literals : _fixedLiterals,
            kind == DynamicKind ? _distances : _fixedDistances,
            ref writer);
        return true;
    }

    private static long StoredBits(int length, int pendingBits)
    {
        // The first is aligned from where it starts, others start aligned.
        var headers = Math.Max(1, (length + DeflateFormat.MaximumStored - 1) / DeflateFormat.MaximumStored);
        var padding = -(pendingBits + KindBits) & 7;
        return KindBits + padding + 32 + ((headers - 1) * 40L) + (length * 8L);
    }

    private static void WriteStored(in DeflateBlock block, bool isLast, ref BitWriter writer)
    {
        var bytes = new ReadOnlySpan<byte>(block.Source, block.SourceLength);
        do
        {
            var part = bytes[..Math.Min(bytes.Length, DeflateFormat.MaximumStored)];
            bytes = bytes[part.Length..];
            writer.Add(isLast && bytes.IsEmpty ? 1u : 0, KindBits);
            writer.Align();
            writer.Add((uint)part.Length, 16);
            writer.Add((uint)part.Length ^ 0xFFFF, 16);
            writer.Flush();
            writer.Write(part);
        }
        while (!bytes.IsEmpty);
    }

    private static long DataBits(in DeflateBlock block, HuffmanCode literals, HuffmanCode distances)
    {
        var bits = 0L;
        for (var symbol = 0; symbol < DeflateFormat.FirstLengthSymbol; symbol++)
        {
            bits += (long)block.Frequencies[symbol] * literals.Lengths[symbol];
        }

        for (var symbol = DeflateFormat.FirstLengthSymbol; symbol < DeflateFormat.LiteralSymbols; symbol++)
        {
            bits += (long)block.Frequencies[symbol]
                * (literals.Lengths[symbol] + DeflateFormat.LengthExtraBits[symbol - DeflateFormat.FirstLengthSymbol]);
        }

        for (var symbol = 0; symbol < DeflateFormat.DistanceSymbols; symbol++)
        {
            bits += (long)block.Frequencies[DeflateBlock.DistancesOffset + symbol]
                * (distances.Lengths[symbol] + DeflateFormat.DistanceExtraBits(symbol));
        }

        return bits;
    }

    private static HuffmanCode MakeFixedLiterals()
    {
        // Two symbols above those in use have codes too.
        var code = new HuffmanCode(288, HuffmanCode.MaximumLength);
        Span<byte> lengths = stackalloc byte[288];
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            lengths[symbol] = (byte)DeflateFormat.FixedLength(symbol);
        }

        code.Set(lengths);
        return code;
    }

    private static HuffmanCode MakeFixedDistances()
    {
        var code = new HuffmanCode(DeflateFormat.DistanceSymbols, HuffmanCode.MaximumLength);
        Span<byte> lengths = stackalloc byte[DeflateFormat.DistanceSymbols];
        lengths.Fill(5);
        code.Set(lengths);
        return code;
    }

    private void MakeEntries(HuffmanCode literals, HuffmanCode distances)
    {
        static uint Entry(HuffmanCode code, int symbol) => ((uint)code.Codes[symbol] << EntryShift) | code.Lengths[symbol];

        var literalEntries = _literalEntries.Reserve(256);
        for (var symbol = 0; symbol < 256; symbol++)
        {
            literalEntries[symbol] = Entry(literals, symbol);
        }

        var lengthEntries = _lengthEntries.Reserve(DeflateFormat.MaximumMatch + 1);
        for (var length = DeflateFormat.MinimumMatch; length <= DeflateFormat.MaximumMatch; length++)
        {
            var index = LengthSymbols.Indexes[length];
            var entry = Entry(literals, DeflateFormat.FirstLengthSymbol + index);
            var extra = (uint)(length - DeflateFormat.MinimumMatch - DeflateFormat.LengthBases[index]);
            lengthEntries[length] = entry + (extra << ((int)(entry & 0xFF) + EntryShift)) + DeflateFormat.LengthExtraBits[index];
        }

        var distanceEntries = _distanceEntries.Reserve(DeflateFormat.DistanceSymbols);
        for (var symbol = 0; symbol < DeflateFormat.DistanceSymbols; symbol++)
        {
            distanceEntries[symbol] = Entry(distances, symbol);
        }
    }

    private void WriteData(in DeflateBlock block, HuffmanCode literals, HuffmanCode distances, ref BitWriter writer)
    {
        MakeEntries(literals, distances);
        var literalEntries = _literalEntries.Pointer;
        var lengthEntries = _lengthEntries.Pointer;
        var distanceEntries = _distanceEntries.Pointer;
        var output = writer;
        var next = block.Source;
        var end = block.Sequences + block.SequenceCount;
        for (var sequence = block.Sequences; sequence < end; sequence++)
        {
            var match = *sequence;
            int left = match.Literals;
            for (; left >= LiteralsAtOnce; left -= LiteralsAtOnce)
            {
                Add(ref output, literalEntries[next[0]]);
                Add(ref output, literalEntries[next[1]]);
                Add(ref output, literalEntries[next[2]]);
                Add(ref output, literalEntries[next[3]]);
                output.Flush();
                next += LiteralsAtOnce;
            }

            if (left > 0)
            {
                Add(ref output, literalEntries[*next++]);
                if (left > 1)
                {
                    Add(ref output, literalEntries[*next++]);
                    if (left > 2)
                    {
                        Add(ref output, literalEntries[*next++]);
                    }
                }

                output.Flush();
            }

            if (match.Length != 0)
            {
                // At most 14 + 5 and 15 + 13 bits.
                Add(ref output, lengthEntries[match.Length]);
                var symbol = Sequence.DistanceSymbol(match.DistanceBelow);
                Add(ref output, distanceEntries[symbol]);
                var extraBits = DeflateFormat.DistanceExtraBits(symbol);
                output.Add((ulong)match.DistanceBelow & ((1ul << extraBits) - 1), extraBits);
                output.Flush();
                next += match.Length;
            }
        }

        output.Add(literals.Codes[DeflateFormat.EndOfBlock], literals.Lengths[DeflateFormat.EndOfBlock]);
        output.Flush();
        writer = output;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref BitWriter writer, uint entry) => writer.Add(entry >> EntryShift, (int)(entry & 0xFF));
}
