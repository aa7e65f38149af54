namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Which codecs can be read.</summary>
internal static class BlockDecoders
{
    /// <summary>What makes decoders of the codec, one for each thread.</summary>
    /// <exception cref="ImageFault">The codec is not supported.</exception>
    public static Func<IBlockDecoder> For(SquashFsCodecId codec) => codec switch
    {
        SquashFsCodecId.Gzip => () => new GzipDecoder(),
        SquashFsCodecId.Zstd => () => new ZstdDecoder(),
        SquashFsCodecId.Lzo => throw Unsupported("it uses lzo, which is not supported: extract it with unsquashfs and pack it anew"),
        _ => throw Unsupported($"it uses codec {(int)codec}, which is not supported"),
    };

    private static ImageFault Unsupported(string reason) => new(SquashFsDiagnostics.UnsupportedCodec, reason);
}
