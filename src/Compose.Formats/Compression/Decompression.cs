using System.IO.Compression;
using Compose.NativeCodecs;
using SharpCompress.Compressors.BZip2;

namespace Compose.Formats.Compression;

/// <summary>Opens compressed streams.</summary>
/// <remarks>
/// The streams it gives throw <see cref="InvalidDataException"/> for every kind of damage, whatever the format. They read
/// ahead: where the source stands after them is not defined.
/// </remarks>
public static class Decompression
{
    /// <summary>The number of leading bytes that <see cref="FromMagic"/> looks at.</summary>
    public const int MagicSize = 6;

    /// <summary>Recognises a format by its first bytes; what is not recognised is not compressed.</summary>
    public static CompressionFormat FromMagic(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? CompressionFormat.Gzip
        : start.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) ? CompressionFormat.Xz
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? CompressionFormat.Zstandard
        : start is [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] ? CompressionFormat.Bzip2
        : CompressionFormat.None;

    /// <summary>Recognises a format by a file name's last extension: <c>.gz</c>, <c>.tgz</c>, <c>.xz</c>, <c>.txz</c>, <c>.zst</c>, <c>.bz2</c>.</summary>
    public static CompressionFormat FromName(string name) => Path.GetExtension(name) switch
    {
        ".gz" or ".tgz" => CompressionFormat.Gzip,
        ".xz" or ".txz" => CompressionFormat.Xz,
        ".zst" or ".tzst" => CompressionFormat.Zstandard,
        ".bz2" or ".tbz2" or ".tbz" => CompressionFormat.Bzip2,
        _ => CompressionFormat.None,
    };

    /// <summary>Opens a stream for reading what it was before compression. Disposing leaves <paramref name="source"/> open.</summary>
    public static Stream Open(Stream source, CompressionFormat format) => format switch
    {
        CompressionFormat.None => new CheckedStream(source, leaveOpen: true),
        CompressionFormat.Gzip => new CheckedStream(new GZipStream(source, CompressionMode.Decompress, leaveOpen: true), leaveOpen: false),
        CompressionFormat.Xz => LzmaLibrary.Version is null ? new ManagedXzStream(source) : new NativeXzStream(source),
        CompressionFormat.Zstandard => new CheckedStream(new ZstdNet.DecompressionStream(source), leaveOpen: false),
        CompressionFormat.Bzip2 => new CheckedStream(() => BZip2Stream.Create(source, SharpCompress.Compressors.CompressionMode.Decompress, decompressConcatenated: true, leaveOpen: true)),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>The same with a limit: a small hostile file can unpack to very much.</summary>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="format">How they are compressed.</param>
    /// <param name="maximumSize">The most bytes that may come out; beyond it reading throws <see cref="SizeLimitException"/>.</param>
    public static Stream Open(Stream source, CompressionFormat format, long maximumSize) =>
        new BoundedStream(Open(source, format), maximumSize);
}
