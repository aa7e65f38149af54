namespace Compose.SquashFs;

/// <summary>Blocks are stored as they are. The image names gzip, as the format has no number for none.</summary>
public sealed record NoCompression : SquashFsCompression
{
    /// <inheritdoc/>
    public override string Name => "none";

    /// <inheritdoc/>
    public override CompressionLevels? Levels => null;

    internal override int? CurrentLevel => null;

    internal override bool IsSlow => false;

    internal override void Validate(int blockSize)
    {
    }

    private protected override SquashFsCompression ChangeLevel(int level) => this;
}
