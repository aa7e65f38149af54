using Compose.SquashFs.Codecs;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Which codecs can be read.</summary>
internal static class BlockDecoders
{
    /// <summary>What makes decoders of the codec, one for each thread.</summary>
    /// <exception cref="ImageFault">The codec is not supported.</exception>
    /// <exception cref="DiagnosticException">The codec's library is not there for this platform.</exception>
    public static Func<IBlockDecoder> For(SquashFsCodecId codec)
    {
        switch (codec)
        {
            case SquashFsCodecId.Gzip:
                return () => new GzipDecoder();
            case SquashFsCodecId.Lzma:
                XzSupport.Require();
                return () => new LzmaDecoder();
            case SquashFsCodecId.Xz:
                XzSupport.Require();
                return () => new XzDecoder();
            case SquashFsCodecId.Lz4:
                return () => new Lz4Decoder();
            case SquashFsCodecId.Zstd:
                return ZstdLibrary.NativeVersion is null ? () => new ManagedZstdDecoder() : () => new NativeZstdDecoder();
            case SquashFsCodecId.Lzo:
                throw Unsupported("it uses lzo, which is not supported");
            default:
                throw Unsupported($"it uses codec {(int)codec}, which is not supported");
        }
    }

    private static ImageFault Unsupported(string reason) => new(SquashFsDiagnostics.UnsupportedCodec, reason);
}
