using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>A tail in a fragment of which only the digest is known so far.</summary>
/// <param name="File">The content that the tail belongs to.</param>
/// <param name="Offset">Where it goes in the fragment.</param>
internal readonly record struct UnreadTail(FileLayout File, int Offset);

/// <summary>A block on its way through the compressors to the image.</summary>
internal sealed class BlockWork
{
    /// <summary>The content that the block belongs to; null for a fragment.</summary>
    public FileLayout? File { get; private init; }

    /// <summary>Which block of the content.</summary>
    public int Index { get; private init; }

    /// <summary>
    /// The bytes, rented from the shared pool; null when only the digest is known. A fragment's may have gaps where
    /// <see cref="UnreadTails"/> go.
    /// </summary>
    public byte[]? Source { get; set; }

    public required int SourceLength { get; init; }

    /// <summary>What the cache knows the block by; the default value when it is not to be looked up there.</summary>
    public Sha256Digest Digest { get; private init; }

    /// <summary>What has to be read before the bytes of a fragment are complete.</summary>
    public IReadOnlyList<UnreadTail> UnreadTails { get; private init; } = [];

    /// <summary>The compressed bytes, rented from the shared pool; null when the block is stored as it is.</summary>
    public byte[]? Compressed { get; set; }

    public int CompressedLength { get; set; }

    /// <summary>Why the block could not be made.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether the block has been through a compressor. Guarded by the pipeline's lock.</summary>
    public bool IsDone { get; set; }

    public static BlockWork ForFile(FileLayout file, int index, byte[]? source, int length, Sha256Digest digest) =>
        new() { File = file, Index = index, Source = source, SourceLength = length, Digest = digest };

    public static BlockWork ForFragment(byte[]? source, int length, Sha256Digest digest, IReadOnlyList<UnreadTail> unread) =>
        new() { Source = source, SourceLength = length, Digest = digest, UnreadTails = unread };
}
