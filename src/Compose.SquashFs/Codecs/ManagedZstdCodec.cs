using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Compose.SquashFs.Codecs;

/// <summary>Zstandard frames as <see cref="NativeZstdCodec"/> makes them, by a port to C#: for platforms without libzstd.</summary>
internal sealed class ManagedZstdCodec : IBlockCodec
{
    private readonly Compressor _compressor;

    public ManagedZstdCodec(int level)
    {
        _compressor = new Compressor(level);
        if (ZstdSearch.TargetLength(level) is { } targetLength)
        {
            _compressor.SetParameter(ZSTD_cParameter.ZSTD_c_targetLength, targetLength);
        }
    }

    public int GetBound(int sourceLength) => Compressor.GetCompressBound(sourceLength);

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var length = _compressor.Wrap(source, destination);
        return length < source.Length ? length : 0;
    }

    public void Dispose() => _compressor.Dispose();
}
