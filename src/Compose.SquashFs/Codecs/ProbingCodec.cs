namespace Compose.SquashFs.Codecs;

/// <summary>Keeps blocks that will not shrink from a slow codec.</summary>
internal sealed class ProbingCodec(IBlockCodec codec) : IBlockCodec
{
    private readonly CompressibilityProbe _probe = new();

    public int GetBound(int sourceLength) => codec.GetBound(sourceLength);

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination) =>
        _probe.MayShrink(source) ? codec.Compress(source, destination) : 0;

    public void Dispose() => codec.Dispose();
}
