using System.Numerics;
using System.Runtime.CompilerServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>Takes a block apart into literals and matches.</summary>
internal sealed unsafe class Parser(DeflateLevel level, int windowBits)
{
    /// <summary>A match of three bytes from further away costs more than its literals.</summary>
    private const int FarForShortest = 8 * 1024;

    /// <summary>Literals in a row after which the fast parse looks at fewer positions.</summary>
    private const int SkipShift = 5;

    /// <summary>The last places of a match that the fast parse notes.</summary>
    private const int NotedAtEnd = 2;

    private readonly MatchFinder _finder = new(windowBits);

    /// <summary>Parses with all matches of a length or more.</summary>
    /// <param name="source">The block.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="minimum">The shortest match; at least 3.</param>
    /// <param name="sequences">Takes the sequences.</param>
    public void Parse(byte* source, int length, int minimum, SequenceBuffer sequences)
    {
        minimum = Math.Max(minimum, UsefulMinimum(source, length));
        _finder.Begin(source);
        if (level.Parse == DeflateParse.Fast)
        {
            ParseFast(source, source + length, minimum, sequences);
        }
        else if (level.Parse == DeflateParse.Greedy)
        {
            ParseGreedy(source, source + length, minimum, sequences);
        }
        else
        {
            ParseLazy(source, source + length, minimum, sequences);
        }
    }

    /// <summary>Parses with matches of distance one alone.</summary>
    public static void ParseRuns(byte* source, int length, SequenceBuffer sequences)
    {
        var literals = 0;
        var position = 1;
        while (position <= length - DeflateFormat.MinimumMatch)
        {
            var run = UnalignedLoad.EqualBytes(
                source + position, source + position - 1, 0, Math.Min(length - position, DeflateFormat.MaximumMatch));
            if (run < DeflateFormat.MinimumMatch)
            {
                position += run + 1;
                continue;
            }

            sequences.Add(position - literals, run, 1);
            position += run;
            literals = position;
        }

        sequences.AddLiterals(length - literals);
    }

    /// <summary>
    /// Where few values occur literals have short codes, and short matches cost more than they save. A sample of the values
    /// tells.
    /// </summary>
    private static int UsefulMinimum(byte* source, int length)
    {
        const int SampleLength = 4096;
        Span<bool> isUsed = stackalloc bool[256];
        isUsed.Clear();
        for (var i = 0; i < Math.Min(length, SampleLength); i++)
        {
            isUsed[source[i]] = true;
        }

        return isUsed.Count(true) switch
        {
            < 8 => 7,
            < 16 => 6,
            < 36 => 5,
            < 72 => 4,
            _ => DeflateFormat.MinimumMatch,
        };
    }

    private void ParseFast(byte* here, byte* end, int minimum, SequenceBuffer sequences)
    {
        var literals = here;
        var last = end - MatchFinder.ReadBytes;
        while (here <= last)
        {
            var distance = 0;
            var length = _finder.FindLatest(here, end, ref distance);
            if (length < minimum)
            {
                here += 1 + (int)((here - literals) >> SkipShift);
                continue;
            }

            sequences.Add((int)(here - literals), length, distance);
            here += length;
            _finder.NoteLatest(here - NotedAtEnd, Behind(here, last));
            literals = here;
        }

        sequences.AddLiterals((int)(end - literals));
    }

    private void ParseGreedy(byte* here, byte* end, int minimum, SequenceBuffer sequences)
    {
        var (depth, nice) = (level.Depth, level.NiceLength);
        var literals = here;
        var last = end - MatchFinder.ReadBytes;
        while (here <= last)
        {
            var distance = 0;
            var length = _finder.FindLongest(here, end, minimum - 1, depth, nice, ref distance);
            if (length < minimum || IsTooFar(length, distance))
            {
                here++;
                continue;
            }

            sequences.Add((int)(here - literals), length, distance);
            _finder.Note(here + 1, Behind(here + length, last));
            here += length;
            literals = here;
        }

        sequences.AddLiterals((int)(end - literals));
    }

    private void ParseLazy(byte* here, byte* end, int minimum, SequenceBuffer sequences)
    {
        var (depth, nice) = (level.Depth, level.NiceLength);
        var isLazier = level.Parse == DeflateParse.Lazier;
        var literals = here;
        var last = end - MatchFinder.ReadBytes;
        while (here <= last)
        {
            var distance = 0;
            var length = _finder.FindLongest(here, end, minimum - 1, depth, nice, ref distance);
            if (length < minimum || IsTooFar(length, distance))
            {
                here++;
                continue;
            }

            var noted = here + 1;
            while (length < nice && noted <= last)
            {
                var laterDistance = 0;
                var later = _finder.FindLongest(noted, end, length - 1, depth >> 1, nice, ref laterDistance);
                noted++;
                if (later >= length && Gain(later, laterDistance, length, distance) > 2)
                {
                    here = noted - 1;
                    (length, distance) = (later, laterDistance);
                    continue;
                }

                if (!isLazier || noted > last)
                {
                    break;
                }

                later = _finder.FindLongest(noted, end, length - 1, depth >> 2, nice, ref laterDistance);
                noted++;
                if (later < length || Gain(later, laterDistance, length, distance) <= 6)
                {
                    break;
                }

                here = noted - 1;
                (length, distance) = (later, laterDistance);
            }

            sequences.Add((int)(here - literals), length, distance);
            _finder.Note(noted, Behind(here + length, last));
            here += length;
            literals = here;
        }

        sequences.AddLiterals((int)(end - literals));
    }

    /// <summary>The end of the places to note: those of a match, as far as they can be hashed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Behind(byte* matchEnd, byte* last) => matchEnd <= last ? matchEnd : last + 1;

    private static bool IsTooFar(int length, int distance) => length == DeflateFormat.MinimumMatch && distance > FarForShortest;

    /// <summary>How much better a later match is, in quarters of a literal: its length less the extra bits of its distance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Gain(int later, int laterDistance, int length, int distance) =>
        (4 * (later - length)) + BitOperations.Log2((uint)distance) - BitOperations.Log2((uint)laterDistance);
}
