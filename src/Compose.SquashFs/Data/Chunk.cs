using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>A part of a content: a full block or a tail.</summary>
/// <param name="File">The content.</param>
/// <param name="Index">Which part of it.</param>
/// <param name="Buffer">
/// The bytes, rented from the shared pool: whoever has the chunk returns it. Null when all bytes are zero, or when only the
/// digest is known.
/// </param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Digest">The bytes' digest; the default value when they are all zero or were not hashed.</param>
/// <param name="Failure">Why the part could not be read; then nothing else counts.</param>
internal readonly record struct Chunk(
    FileLayout? File,
    int Index,
    byte[]? Buffer,
    int Length,
    Sha256Digest Digest,
    Exception? Failure = null)
{
    /// <summary>Whether all bytes are zero.</summary>
    public bool IsSparse => Buffer is null && Digest == default;

    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(0, Length);

    /// <summary>A part of which the digest is known and the bytes are not.</summary>
    public static Chunk Known(FileLayout file, int index, int blockSize) =>
        new(file, index, null, file.ChunkLength(index, blockSize), file.KnownDigests![index]);
}
