using System.Buffers.Binary;
using System.Reflection;
using Compose.SquashFs.Codecs.Deflate;
using K4os.Compression.LZ4;

namespace Compose.SquashFs.Codecs;

/// <summary>A compression: what the superblock says of it, and the maker of its contexts.</summary>
/// <param name="Id">The superblock's number.</param>
/// <param name="Options">The compressor options, empty where all are the format's defaults.</param>
/// <param name="Version">
/// The library that compresses, and its version: another one may give other bytes for the same block.
/// </param>
/// <param name="CreateContext">Makes a context for one thread.</param>
internal sealed record Codec(ushort Id, byte[] Options, string Version, Func<IBlockCodec> CreateContext)
{
    private const ushort GzipId = 1;
    private const ushort XzId = 4;
    private const ushort Lz4Id = 5;
    private const ushort ZstdId = 6;

    /// <summary>The codec that the options name.</summary>
    /// <exception cref="DiagnosticException">The codec is not there on this platform.</exception>
    public static Codec For(SquashFsOptions options)
    {
        var codec = ForCompression(options);
        return options.StoreIncompressible && options.Compression.IsSlow
            ? codec with
            {
                Version = $"{codec.Version} with probe {CompressibilityProbe.Version}",
                CreateContext = () => new ProbingCodec(codec.CreateContext()),
            }
            : codec;
    }

    private static Codec ForCompression(SquashFsOptions options) => options.Compression switch
    {
        ZstdCompression zstd => ForZstd(zstd, isNative: ZstdLibrary.NativeVersion is not null),
        GzipCompression gzip => new Codec(
            GzipId, OptionsOf(gzip), $"Compose deflate {DeflateEncoder.Version}", () => new GzipCodec(gzip)),
        XzCompression xz => ForXz(xz, options.BlockSize),
        Lz4Compression lz4 => new Codec(Lz4Id, OptionsOf(lz4), Lz4Version(), () => new Lz4Codec(lz4)),
        _ => new Codec(GzipId, [], "none", () => new StoringCodec()),
    };

    /// <summary>The codec for Zstandard by the native library or the managed one.</summary>
    public static Codec ForZstd(ZstdCompression zstd, bool isNative) =>
        isNative
            ? new Codec(ZstdId, OptionsOf(zstd), ZstdVersion("libzstd", ZstdLibrary.NativeVersion, zstd), () => new NativeZstdCodec(zstd.Level))
            : new Codec(ZstdId, OptionsOf(zstd), ZstdVersion("ZstdSharp", ZstdLibrary.ManagedVersion, zstd), () => new ManagedZstdCodec(zstd.Level));

    private static string ZstdVersion(string library, string? version, ZstdCompression zstd) =>
        ZstdSearch.TargetLength(zstd.Level) is { } targetLength
            ? $"{library} {version} with matches of {targetLength}"
            : $"{library} {version}";

    private static Codec ForXz(XzCompression xz, int blockSize)
    {
        XzSupport.Require();

        // Metadata blocks are larger than the smallest data blocks. The kernel takes no dictionary larger than what the options
        // say, so these must hold for both.
        var usual = Math.Max(blockSize, XzCompression.MinimumDictionarySize);
        var dictionarySize = Math.Max(xz.DictionarySize ?? blockSize, XzCompression.MinimumDictionarySize);
        byte[] options = dictionarySize == usual && xz.Filters == XzFilters.None ? [] : new byte[8];
        if (options.Length > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(options, dictionarySize);
            BinaryPrimitives.WriteInt32LittleEndian(options.AsSpan(4), (int)xz.Filters);
        }

        return new Codec(XzId, options, $"liblzma {LzmaLibrary.Version}", () => new XzCodec(xz, dictionarySize));
    }

    private static string Lz4Version() =>
        $"K4os.Compression.LZ4 {typeof(LZ4Codec).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version}";

    private static byte[] OptionsOf(ZstdCompression zstd)
    {
        if (zstd.Level == ZstdCompression.DefaultLevel)
        {
            return [];
        }

        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, zstd.Level);
        return bytes;
    }

    private static byte[] OptionsOf(GzipCompression gzip)
    {
        if (gzip == new GzipCompression())
        {
            return [];
        }

        // The default strategy has a number only beside others.
        var strategies = gzip.Strategies == GzipStrategies.Default ? 0 : gzip.Strategies;
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, gzip.Level);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)gzip.WindowBits);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)strategies);
        return bytes;
    }

    private static byte[] OptionsOf(Lz4Compression lz4)
    {
        // Readers demand these always: version 1 is the block format of today.
        const int Version = 1;
        const int HighCompression = 1;
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), lz4.IsHighCompression ? HighCompression : 0);
        return bytes;
    }
}
