namespace Compose.SquashFs.Reading;

/// <summary>The codecs that the format has numbers for.</summary>
public enum SquashFsCodecId
{
    /// <summary>Deflate in zlib's wrapping.</summary>
    Gzip = 1,

    /// <summary>LZMA with its original header.</summary>
    Lzma = 2,

    /// <summary>LZO1X.</summary>
    Lzo = 3,

    /// <summary>LZMA2 in the xz format, with or without filters for machine code.</summary>
    Xz = 4,

    /// <summary>LZ4 blocks.</summary>
    Lz4 = 5,

    /// <summary>Zstandard.</summary>
    Zstd = 6,
}

/// <summary>A number that the writer of an image gave its codec: "level" and 15, for instance.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The number.</param>
public readonly record struct SquashFsCodecSetting(string Name, long Value);

/// <summary>What an image's superblock says of it.</summary>
/// <param name="Codec">The codec of its compressed blocks.</param>
/// <param name="CodecSettings">The codec's settings, where the image has them: they matter to no reader.</param>
/// <param name="BlockSize">The size of a data block in bytes.</param>
/// <param name="ModificationTime">When it was made, in seconds since 1970-01-01 UTC.</param>
/// <param name="Flags">How it was made.</param>
/// <param name="InodeCount">The number of inodes.</param>
/// <param name="FragmentCount">The number of fragments.</param>
/// <param name="IdCount">The number of different owners and groups.</param>
/// <param name="BytesUsed">Its size in bytes, without padding.</param>
public sealed record SquashFsImageFacts(
    SquashFsCodecId Codec,
    IReadOnlyList<SquashFsCodecSetting> CodecSettings,
    int BlockSize,
    long ModificationTime,
    SquashFsImageFlags Flags,
    long InodeCount,
    long FragmentCount,
    int IdCount,
    long BytesUsed);

/// <summary>How an image was made, by its superblock's bits.</summary>
[Flags]
public enum SquashFsImageFlags
{
    /// <summary>No bit is set.</summary>
    None = 0,

    /// <summary>Inodes are not compressed.</summary>
    StoredInodes = SuperblockFlags.StoredInodes,

    /// <summary>Data blocks are not compressed.</summary>
    StoredData = SuperblockFlags.StoredData,

    /// <summary>Fragments are not compressed.</summary>
    StoredFragments = SuperblockFlags.StoredFragments,

    /// <summary>There are no fragments.</summary>
    NoFragments = SuperblockFlags.NoFragments,

    /// <summary>The ends of large files are in fragments too.</summary>
    PackedTails = SuperblockFlags.AlwaysFragments,

    /// <summary>Files with the same bytes share them.</summary>
    Deduplicated = SuperblockFlags.Duplicates,

    /// <summary>It can be exported over NFS.</summary>
    Exportable = SuperblockFlags.Exportable,

    /// <summary>Extended attributes are not compressed.</summary>
    StoredAttributes = SuperblockFlags.StoredAttributes,

    /// <summary>Extended attributes were left out.</summary>
    NoAttributes = SuperblockFlags.NoAttributes,

    /// <summary>It has settings of the codec.</summary>
    CodecSettings = SuperblockFlags.CodecOptions,

    /// <summary>Ids are not compressed.</summary>
    StoredIds = SuperblockFlags.StoredIds,
}
