namespace Compose.SquashFs;

/// <summary>Zstandard (RFC 8878).</summary>
/// <param name="Level">1 to 22.</param>
public sealed record ZstdCompression(int Level = ZstdCompression.DefaultLevel) : SquashFsCompression
{
    /// <summary>The level that an image need not tell.</summary>
    public const int DefaultLevel = 15;

    /// <inheritdoc/>
    public override string Name => "zstd";

    /// <inheritdoc/>
    public override CompressionLevels? Levels => new(1, 22);

    internal override int? CurrentLevel => Level;

    internal override bool IsSlow => Level >= 6;

    internal override void Validate(int blockSize) => ValidateLevel(Level);

    private protected override SquashFsCompression ChangeLevel(int level) => this with { Level = level };
}
