using Compose.FileTrees;
using Compose.Formats.Tar;

namespace Compose.Formats.Zip;

/// <summary>An entry of a zip archive as the central directory tells it (APPNOTE 6.3.10, 4.3.12).</summary>
internal sealed class ZipEntry
{
    /// <summary>Bit 0 of the flags: the data are encrypted.</summary>
    public const ushort Encrypted = 1 << 0;

    /// <summary>Bit 3: checksum and sizes stand behind the data, not in the local header.</summary>
    public const ushort DataDescriptor = 1 << 3;

    /// <summary>Bit 13: values of the local header are masked, as the directory is encrypted.</summary>
    public const ushort MaskedHeader = 1 << 13;

    /// <summary>The name as written.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The name to use: that of the Unicode path field where there is one.</summary>
    public required byte[] Path { get; init; }

    public required ushort Flags { get; init; }

    /// <summary>The compression method: 0 stored, 8 deflate.</summary>
    public required ushort Method { get; init; }

    public required uint Crc32 { get; init; }

    public required long CompressedSize { get; init; }

    public required long Size { get; init; }

    /// <summary>Where the local header is.</summary>
    public required long Offset { get; init; }

    public required TarEntryKind Kind { get; init; }

    public required EntryMetadata Metadata { get; init; }

    /// <summary>The entry as one of any archive.</summary>
    /// <param name="linkName">A symbolic link's target, which is its content.</param>
    public TarEntry ToArchiveEntry(ReadOnlyMemory<byte> linkName = default) => new()
    {
        Kind = Kind,
        Name = Path,
        LinkName = linkName,
        Metadata = Metadata,
        Length = Kind == TarEntryKind.File ? Size : 0,
    };

    public override string ToString() => TarEntry.Describe(Path);
}
