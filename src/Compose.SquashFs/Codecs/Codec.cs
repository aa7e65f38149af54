using System.Buffers.Binary;

namespace Compose.SquashFs.Codecs;

/// <summary>A codec at a level: what the superblock says of it, and the maker of its contexts.</summary>
/// <param name="Id">The superblock's number.</param>
/// <param name="Options">The compressor options, empty where all are the format's defaults.</param>
/// <param name="CreateContext">Makes a context for one thread.</param>
internal sealed record Codec(ushort Id, byte[] Options, Func<IBlockCodec> CreateContext)
{
    private const ushort GzipId = 1;
    private const ushort ZstdId = 6;
    private const int DefaultGzipLevel = 9;
    private const int DefaultZstdLevel = 15;
    private const ushort GzipWindowBits = 15;

    /// <summary>The codec that the options name.</summary>
    public static Codec For(SquashFsOptions options)
    {
        switch (options.Compression)
        {
            case SquashFsCompression.Zstd:
                var zstdLevel = options.Level ?? DefaultZstdLevel;
                return new Codec(
                    ZstdId,
                    zstdLevel == DefaultZstdLevel ? [] : ZstdOptions(zstdLevel),
                    () => new ZstdCodec(zstdLevel));
            case SquashFsCompression.Gzip:
                var gzipLevel = options.Level ?? DefaultGzipLevel;
                return new Codec(
                    GzipId,
                    gzipLevel == DefaultGzipLevel ? [] : GzipOptions(gzipLevel),
                    () => new GzipCodec(gzipLevel));
            default:
                return new Codec(GzipId, [], () => new StoringCodec());
        }
    }

    private static byte[] ZstdOptions(int level)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, level);
        return bytes;
    }

    private static byte[] GzipOptions(int level)
    {
        // Level, window size, strategies: none of zlib's special strategies is used.
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, level);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), GzipWindowBits);
        return bytes;
    }
}
