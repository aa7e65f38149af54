using System.Buffers;
using System.Security.Cryptography;
using Compose.FileTrees.Storage;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Reads contents, finds zeros and hashes what may be a duplicate, and everything when there is a cache. Several threads
/// run one reader: each takes the next large file or run of small files.
/// </summary>
internal sealed class ContentReader(
    ContentSource source, DataPlan plan, ChunkWindow window, ChunkDigests? digests, DataTimes times)
{
    private const int MaximumRun = 32;

    private readonly Lock _gate = new();
    private int _next;

    /// <summary>Reads until no content is left or one cannot be read. What fails is published in its place.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Run()
    {
        while (TakeRun(out var first, out var end))
        {
            for (var i = first; i < end; i++)
            {
                if (!TryRead(plan.Unknown[i]))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Reads the first parts of a content for a second time, and hands each on.</summary>
    public void ReadAgain(FileLayout file, int count, Action<Chunk> take)
    {
        if (count == 0)
        {
            return;
        }

        try
        {
            using var stream = source.Open(file);
            for (var index = 0; index < count; index++)
            {
                take(ReadAndHash(file, stream, index, whole: null));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw source.Unreadable(file, e);
        }
    }

    private bool TakeRun(out int first, out int end)
    {
        lock (_gate)
        {
            first = _next;
            end = first;
            var bytes = 0L;
            while (end < plan.Unknown.Count && end - first < MaximumRun && bytes < plan.BlockSize)
            {
                bytes += plan.Unknown[end++].Length;
            }

            _next = end;
            return end > first;
        }
    }

    private bool TryRead(FileLayout file)
    {
        var index = 0;
        try
        {
            window.Reserve(file.FirstChunk, file.FirstByte + file.ChunkLength(0, plan.BlockSize));
            Chunk chunk;
            using (var stream = source.Open(file))
            using (var whole = digests is not null && file.Content is BlobContent blob ? new BlobCheck(blob, file.ChunkCount) : null)
            {
                chunk = ReadAndHash(file, stream, index, whole);
                while (index < file.ChunkCount - 1)
                {
                    window.Publish(file.FirstChunk + index, chunk);
                    index++;
                    var start = file.FirstByte + ((long)index * plan.BlockSize);
                    window.Reserve(file.FirstChunk + index, start + file.ChunkLength(index, plan.BlockSize));
                    chunk = ReadAndHash(file, stream, index, whole);
                }

                if (whole?.TryKeep(digests!) == false)
                {
                    throw source.Damaged(file);
                }
            }

            // After the stream is closed: that may fail too.
            window.Publish(file.FirstChunk + index, chunk);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Published in its place, so that of several errors always the first of the sequence is reported.
            var failure = e is IOException or UnauthorizedAccessException ? source.Unreadable(file, e) : e;
            window.Publish(file.FirstChunk + index, new Chunk(file, index, null, 0, default, failure));
            return false;
        }
    }

    private Chunk ReadAndHash(FileLayout file, Stream stream, int index, BlobCheck? whole)
    {
        var length = file.ChunkLength(index, plan.BlockSize);
        var start = DataTimes.Now;
        var buffer = ReadChunk(file, stream, index, length);
        var read = DataTimes.Now;
        times.AddReading(read - start);
        Sha256Digest digest = default;
        if (buffer is not null && IsHashed(file, index))
        {
            digest = Sha256Digest.Of(buffer.AsSpan(0, length));
        }

        if (whole is not null)
        {
            whole.Add(index, length, buffer, digest);
        }

        times.AddHashing(DataTimes.Now - read);
        return new Chunk(file, index, buffer, length, digest);
    }

    /// <summary>Reads one part.</summary>
    /// <returns>The bytes, rented from the shared pool; null when they are all zero.</returns>
    private byte[]? ReadChunk(FileLayout file, Stream stream, int index, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var read = stream.ReadAtLeast(buffer.AsSpan(0, length), length, throwOnEndOfStream: false);
            if (read < length)
            {
                throw source.LengthDiffers(file, $"only {((long)index * plan.BlockSize) + read}");
            }

            if (index == file.ChunkCount - 1 && stream.Read(stackalloc byte[1]) > 0)
            {
                throw source.LengthDiffers(file, "more");
            }

            if (!plan.KeepsSparse || buffer.AsSpan(0, length).ContainsAnyExcept((byte)0))
            {
                var result = buffer;
                buffer = null;
                return result;
            }

            return null;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private bool IsHashed(FileLayout file, int index) =>
        digests is not null || (file.IsPackedTail(index) ? file.HashesTail : file.HashesBlocks);
}
