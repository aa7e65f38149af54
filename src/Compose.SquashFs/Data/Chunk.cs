using System.Buffers;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>A part of a content: a full block or a tail.</summary>
/// <param name="File">The content.</param>
/// <param name="Index">Which part of it.</param>
/// <param name="Buffer">
/// What holds the bytes, rented from the shared pool. Null when all bytes are zero, or when only the digest is known.
/// </param>
/// <param name="Offset">Where the bytes start in the buffer.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="Digest">The bytes' digest; the default value when they are all zero or were not hashed.</param>
/// <param name="Failure">Why the part could not be read; then nothing else counts.</param>
internal readonly record struct Chunk(
    FileLayout? File,
    int Index,
    byte[]? Buffer,
    int Offset,
    int Length,
    Sha256Digest Digest,
    Exception? Failure = null)
{
    /// <summary>Whether all bytes are zero.</summary>
    public bool IsSparse => Buffer is null && Digest == default;

    public ReadOnlySpan<byte> Bytes => Buffer.AsSpan(Offset, Length);

    /// <summary>A part of which the digest is known and the bytes are not.</summary>
    public static Chunk Known(FileLayout file, int index, int blockSize) =>
        new(file, index, null, 0, file.ChunkLength(index, blockSize), file.KnownDigests![index]);

    /// <summary>A part that could not be read.</summary>
    public static Chunk Failed(FileLayout file, int index, Exception failure) => new(file, index, null, 0, 0, default, failure);
}

/// <summary>
/// Chunks that are handed over together: one block or tail of a large file, whose buffer goes with it, or many small files
/// in one buffer, as threads that hand over each file would do little else.
/// </summary>
/// <param name="Chunks">The chunks, in sequence.</param>
/// <param name="Length">The sum of the lengths that they were planned with.</param>
/// <param name="SharedBuffer">The buffer of all chunks; null when each has its own. It is returned when all are taken.</param>
internal readonly record struct ChunkBatch(IReadOnlyList<Chunk> Chunks, int Length, byte[]? SharedBuffer)
{
    /// <summary>Returns all buffers.</summary>
    public void Release()
    {
        if (SharedBuffer is not null)
        {
            ArrayPool<byte>.Shared.Return(SharedBuffer);
            return;
        }

        foreach (var chunk in Chunks)
        {
            if (chunk.Buffer is { } buffer)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
