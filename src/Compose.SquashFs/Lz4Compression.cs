namespace Compose.SquashFs;

/// <summary>Blocks of LZ4, the fastest to read.</summary>
/// <param name="Level">1 for the fast compressor; 3 to 12 for the high compression one, which mksquashfs uses at 12.</param>
public sealed record Lz4Compression(int Level = Lz4Compression.DefaultLevel) : SquashFsCompression
{
    /// <summary>The fast compressor.</summary>
    public const int DefaultLevel = 1;

    /// <summary>The first level of the high compression. As in lz4's own program, 2 is the fast compressor too.</summary>
    private const int FirstHighLevel = 3;

    /// <inheritdoc/>
    public override string Name => "lz4";

    /// <inheritdoc/>
    public override CompressionLevels? Levels => new(1, 12);

    /// <summary>Whether the level is one of the high compression, which the image tells.</summary>
    public bool IsHighCompression => Level >= FirstHighLevel;

    internal override int? CurrentLevel => Level;

    internal override bool IsSlow => IsHighCompression;

    internal override void Validate(int blockSize) => ValidateLevel(Level);

    private protected override SquashFsCompression ChangeLevel(int level) => this with { Level = level };
}
