namespace Compose.SquashFs;

/// <summary>How fast a level compresses.</summary>
/// <param name="Level">The level.</param>
/// <param name="MegabytesPerSecond">Millions of bytes taken in each second, on both cores of the reference machine.</param>
public sealed record CompressionSpeed(int Level, double MegabytesPerSecond);

/// <summary>
/// The levels that <see cref="CompressionLevelChooser"/> chooses from, with their speeds on one machine: two cores of an x64
/// server, November 2026, on programs and scripts in blocks of 128 KiB. What counts is how they relate; a budget in seconds
/// is one of that machine, so that every machine chooses the same level.
/// </summary>
public static class CompressionSpeeds
{
    private static readonly CompressionSpeed[] Zstd =
    [
        new(1, 645), new(3, 514), new(5, 240), new(7, 117), new(9, 114), new(12, 30), new(15, 15), new(17, 10), new(19, 5.2), new(22, 4.8),
    ];

    private static readonly CompressionSpeed[] Gzip = [new(1, 215), new(3, 154), new(6, 137), new(9, 63)];

    private static readonly CompressionSpeed[] Xz = [new(0, 47), new(1, 43), new(3, 31), new(6, 8)];

    private static readonly CompressionSpeed[] Lz4 = [new(1, 580), new(3, 90), new(6, 79), new(9, 52), new(12, 12)];

    /// <summary>The levels of a compression, from the fastest to the slowest.</summary>
    /// <exception cref="ArgumentException">It has no levels.</exception>
    public static IReadOnlyList<CompressionSpeed> Of(SquashFsCompression compression) => compression switch
    {
        ZstdCompression => Zstd,
        GzipCompression => Gzip,
        XzCompression => Xz,
        Lz4Compression => Lz4,
        _ => throw new ArgumentException($"The compression '{compression?.Name}' has no levels.", nameof(compression)),
    };
}
