namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>
/// Makes deflate streams (RFC 1951) of blocks that lie in memory as a whole. What comes out depends on the block and the
/// settings alone: on no processor, and not on what came before. One for each thread, used again for each block.
/// </summary>
internal sealed unsafe class DeflateEncoder(int level, int windowBits)
{
    /// <summary>Counts up when any block's bytes change: caches then ask for it anew.</summary>
    public const int Version = 1;

    /// <summary>Room behind the output that is overwritten.</summary>
    public const int Slack = sizeof(ulong);

    /// <summary>As zlib has it: shorter matches are chance in values that are somewhat random.</summary>
    private const int FilteredMinimum = 6;

    private readonly Parser _parser = new(DeflateLevel.For(level), windowBits);
    private readonly SequenceBuffer _sequences = new();
    private readonly BlockSplitter _splitter = new();
    private readonly BlockWriter _writer = new();

    /// <summary>Compresses a block by one strategy.</summary>
    /// <param name="source">The block: one byte or more.</param>
    /// <param name="strategy">The strategy.</param>
    /// <param name="destination">Takes the stream, in all but the last <see cref="Slack"/> bytes.</param>
    /// <returns>The stream's length, or 0 where there is no room for it.</returns>
    public int Encode(ReadOnlySpan<byte> source, GzipStrategies strategy, Span<byte> destination)
    {
        if (destination.Length <= Slack)
        {
            return 0;
        }

        fixed (byte* sourceStart = source, destinationStart = destination)
        {
            Parse(sourceStart, source.Length, strategy);
            var end = destinationStart + destination.Length - Slack;
            var writer = new BitWriter(destinationStart);
            var blocks = _splitter.Split(sourceStart, source.Length, _sequences);
            for (var i = 0; i < blocks.Length; i++)
            {
                if (!_writer.TryWrite(blocks[i], strategy == GzipStrategies.Fixed, i == blocks.Length - 1, ref writer, end))
                {
                    return 0;
                }
            }

            writer.Align();
            return (int)(writer.Position - destinationStart);
        }
    }

    private void Parse(byte* source, int length, GzipStrategies strategy)
    {
        _sequences.Clear(length);
        switch (strategy)
        {
            case GzipStrategies.HuffmanOnly:
                _sequences.AddLiterals(length);
                break;
            case GzipStrategies.RunLength:
                Parser.ParseRuns(source, length, _sequences);
                break;
            case GzipStrategies.Filtered:
                _parser.Parse(source, length, FilteredMinimum, _sequences);
                break;
            default:
                _parser.Parse(source, length, DeflateFormat.MinimumMatch, _sequences);
                break;
        }
    }
}
