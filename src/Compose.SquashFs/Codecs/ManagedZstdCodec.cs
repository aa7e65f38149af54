using ZstdSharp;

namespace Compose.SquashFs.Codecs;

/// <summary>Zstandard frames as <see cref="NativeZstdCodec"/> makes them, by a port to C#: for platforms without libzstd.</summary>
internal sealed class ManagedZstdCodec(int level) : IBlockCodec
{
    private readonly Compressor _compressor = new(level);

    public int GetBound(int sourceLength) => Compressor.GetCompressBound(sourceLength);

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var length = _compressor.Wrap(source, destination);
        return length < source.Length ? length : 0;
    }

    public void Dispose() => _compressor.Dispose();
}
