namespace Compose.Benchmarks.Packers;

/// <summary>What all tools are told alike.</summary>
/// <param name="Codec">The codec as mksquashfs names it; <c>none</c> for stored blocks.</param>
/// <param name="Level">The codec's level; null where it has none. For lz4, 1 is the fast compressor and 12 the high compression.</param>
/// <param name="Threads">How many threads.</param>
internal sealed record PackSettings(string Codec, int? Level, int Threads)
{
    /// <summary>The block size in bytes: the default of all the tools.</summary>
    public const int BlockSize = 128 * 1024;

    /// <summary>Codec and level: <c>zstd 15</c>.</summary>
    public string Label => Level is { } level ? $"{Codec} {level}" : Codec;
}
