namespace Compose.SquashFs;

/// <summary>Deflate in zlib's wrapping (RFC 1950), which squashfs calls gzip.</summary>
/// <param name="Level">1 to 9.</param>
public sealed record GzipCompression(int Level = GzipCompression.DefaultLevel) : SquashFsCompression
{
    /// <summary>The level that an image need not tell.</summary>
    public const int DefaultLevel = 9;

    /// <summary>The <see cref="WindowBits"/> that an image need not tell.</summary>
    public const int DefaultWindowBits = 15;

    private const int MinimumWindowBits = 8;

    /// <inheritdoc/>
    public override string Name => "gzip";

    /// <inheritdoc/>
    public override CompressionLevels? Levels => new(1, 9);

    /// <summary>
    /// The base two logarithm of the window, in bytes: how far back matches are looked for. 8 to 15.
    /// </summary>
    public int WindowBits { get; init; } = DefaultWindowBits;

    /// <summary>The strategies to try for each block: the smallest result is kept. At least one.</summary>
    public GzipStrategies Strategies { get; init; } = GzipStrategies.Default;

    internal override int? CurrentLevel => Level;

    internal override bool IsSlow => Level >= 4;

    internal override void Validate(int blockSize)
    {
        ValidateLevel(Level);
        if (WindowBits is < MinimumWindowBits or > DefaultWindowBits)
        {
            throw OutOfRange(nameof(WindowBits), WindowBits, $"A window has {MinimumWindowBits} to {DefaultWindowBits} bits.");
        }

        const GzipStrategies Known = GzipStrategies.Default | GzipStrategies.Filtered | GzipStrategies.HuffmanOnly
            | GzipStrategies.RunLength | GzipStrategies.Fixed;
        if (Strategies == 0 || (Strategies & ~Known) != 0)
        {
            throw OutOfRange(nameof(Strategies), Strategies, "Choose one strategy or more of those there are.");
        }
    }

    private protected override SquashFsCompression ChangeLevel(int level) => this with { Level = level };
}

/// <summary>How matches are looked for, as zlib names it, with the numbers that an image has for them.</summary>
[Flags]
public enum GzipStrategies
{
    /// <summary>For all kinds of data.</summary>
    Default = 1,

    /// <summary>For small values that are somewhat random: no short matches.</summary>
    Filtered = 2,

    /// <summary>No matches at all.</summary>
    HuffmanOnly = 4,

    /// <summary>Only matches at distance one.</summary>
    RunLength = 8,

    /// <summary>The fixed Huffman codes.</summary>
    Fixed = 16,
}
