namespace Compose.SquashFs.Codecs;

/// <summary>Stores every block as it is.</summary>
internal sealed class StoringCodec : IBlockCodec
{
    public int GetBound(int sourceLength) => 0;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination) => 0;

    public void Dispose()
    {
    }
}
