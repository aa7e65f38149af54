using System.Runtime.CompilerServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>What a block was parsed into.</summary>
internal sealed unsafe class SequenceBuffer
{
    private readonly PinnedArray<Sequence> _sequences = new();
    private Sequence* _end;

    /// <summary>The first sequence.</summary>
    public Sequence* First => _sequences.Pointer;

    /// <summary>The number of sequences.</summary>
    public int Count => (int)(_end - _sequences.Pointer);

    /// <summary>Starts anew, with room for all that a source of this length can become.</summary>
    public void Clear(int sourceLength) =>
        _end = _sequences.Reserve((sourceLength / DeflateFormat.MinimumMatch) + (sourceLength / Sequence.MaximumLiterals) + 2);

    /// <summary>Adds literals and a match.</summary>
    /// <param name="literals">The number of literals, which may be 0.</param>
    /// <param name="length">The match's length.</param>
    /// <param name="distance">The match's distance; 1 or more.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int literals, int length, int distance)
    {
        var end = _end;
        while (literals > Sequence.MaximumLiterals)
        {
            *end++ = new Sequence(Sequence.MaximumLiterals, 0, 0);
            literals -= Sequence.MaximumLiterals;
        }

        *end++ = new Sequence((ushort)literals, (ushort)length, distance - 1);
        _end = end;
    }

    /// <summary>Adds the literals behind the last match.</summary>
    public void AddLiterals(int literals)
    {
        if (literals > 0)
        {
            Add(literals, 0, 1);
        }
    }
}
