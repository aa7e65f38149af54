namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>A part of the source that gets codes of its own.</summary>
internal unsafe struct DeflateBlock
{
    /// <summary>Frequencies of literals and lengths, with room to spare, in front of those of distances.</summary>
    public const int DistancesOffset = 288;

    /// <summary>All frequencies, with room to spare.</summary>
    public const int FrequencyCount = 320;

    /// <summary>The first sequence.</summary>
    public Sequence* Sequences;

    /// <summary>The number of sequences.</summary>
    public int SequenceCount;

    /// <summary>The first byte of the source.</summary>
    public byte* Source;

    /// <summary>The number of bytes of the source.</summary>
    public int SourceLength;

    /// <summary>How often each symbol occurs, without the one that ends the block.</summary>
    public int* Frequencies;

    /// <summary>How often each literal and length occurs.</summary>
    public readonly ReadOnlySpan<int> LiteralFrequencies => new(Frequencies, DeflateFormat.LiteralSymbols);

    /// <summary>How often each distance's symbol occurs.</summary>
    public readonly ReadOnlySpan<int> DistanceFrequencies => new(Frequencies + DistancesOffset, DeflateFormat.DistanceSymbols);
}
