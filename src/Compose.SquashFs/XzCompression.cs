namespace Compose.SquashFs;

/// <summary>
/// Xz streams of LZMA2, the smallest and slowest. Compressed and read by liblzma, which there is for Linux and Windows on x64
/// and arm64, and macOS on x64.
/// </summary>
/// <param name="Level">0 to 9, xz's presets without the size of their dictionary.</param>
public sealed record XzCompression(int Level = XzCompression.DefaultLevel) : SquashFsCompression
{
    /// <summary>The level that mksquashfs uses. An image does not tell the level.</summary>
    public const int DefaultLevel = 6;

    /// <summary>The smallest <see cref="DictionarySize"/>, in bytes.</summary>
    public const int MinimumDictionarySize = 8 * 1024;

    /// <inheritdoc/>
    public override string Name => "xz";

    /// <inheritdoc/>
    public override CompressionLevels? Levels => new(0, 9);

    /// <summary>
    /// The size of the dictionary in bytes: from 8 KiB to the block size, a power of two or the sum of two neighbouring ones.
    /// Null for the block size.
    /// </summary>
    public int? DictionarySize { get; init; }

    /// <summary>
    /// The filters for machine code to try for each block, beside none: the smallest result is kept. The kernel that reads
    /// the image must have them.
    /// </summary>
    public XzFilters Filters { get; init; }

    internal override int? CurrentLevel => Level;

    internal override bool IsSlow => true;

    internal override void Validate(int blockSize)
    {
        ValidateLevel(Level);
        const XzFilters Known = XzFilters.X86 | XzFilters.PowerPc | XzFilters.Ia64 | XzFilters.Arm | XzFilters.ArmThumb | XzFilters.Sparc;
        if ((Filters & ~Known) != 0)
        {
            throw OutOfRange(nameof(Filters), Filters, "Choose filters of those there are.");
        }

        if (DictionarySize is { } size && (size < MinimumDictionarySize || size > blockSize || !IsSizeOfDictionary(size)))
        {
            throw OutOfRange(
                nameof(DictionarySize),
                size,
                $"A dictionary has {MinimumDictionarySize} bytes to a block's {blockSize}: a power of two, or the sum of two neighbouring ones.");
        }
    }

    private protected override SquashFsCompression ChangeLevel(int level) => this with { Level = level };

    private static bool IsSizeOfDictionary(int size)
    {
        var lowest = size & -size;
        return size == lowest || size == 3 * lowest;
    }
}

/// <summary>Filters that make machine code more regular, with the numbers that an image has for them.</summary>
[Flags]
public enum XzFilters
{
    /// <summary>No filter.</summary>
    None = 0,

    /// <summary>x86, of 32 and 64 bits.</summary>
    X86 = 1,

    /// <summary>PowerPC, big endian.</summary>
    PowerPc = 2,

    /// <summary>IA-64.</summary>
    Ia64 = 4,

    /// <summary>ARM.</summary>
    Arm = 8,

    /// <summary>ARM's Thumb code.</summary>
    ArmThumb = 16,

    /// <summary>SPARC.</summary>
    Sparc = 32,
}
