using ZstdNet;

namespace Compose.SquashFs.Codecs;

/// <summary>
/// Zstandard frames by libzstd, made in one shot: they carry their content size and a window no larger than it. The kernel
/// refuses frames of the streaming interface, whose window may be larger than a block.
/// </summary>
internal sealed class NativeZstdCodec : IBlockCodec
{
    private readonly CompressionOptions _options;
    private readonly Compressor _compressor;

    public NativeZstdCodec(int level)
    {
        _options = ZstdSearch.TargetLength(level) is { } targetLength
            ? new CompressionOptions(
                null, new Dictionary<ZSTD_cParameter, int> { [ZSTD_cParameter.ZSTD_c_targetLength] = targetLength }, level)
            : new CompressionOptions(level);
        _compressor = new Compressor(_options);
    }

    public int GetBound(int sourceLength) => Compressor.GetCompressBound(sourceLength);

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var length = _compressor.Wrap(source, destination);
        return length < source.Length ? length : 0;
    }

    public void Dispose()
    {
        _compressor.Dispose();
        _options.Dispose();
    }
}
