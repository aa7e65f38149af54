using System.Buffers;
using Compose.FileTrees.Storage;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Reads contents, finds zeros and hashes what may be a duplicate, and everything when there is a cache. What lies in a
/// store is checked against its digest. Several threads run one reader: each takes the next large file or run of small files.
/// </summary>
internal sealed class ContentReader(
    ContentSource source, DataPlan plan, ChunkWindow window, ChunkDigests? digests, DataTimes times)
{
    /// <summary>How many small files are handed over together.</summary>
    private const int MaximumRun = 128;

    private readonly Lock _gate = new();
    private int _nextContent;
    private long _nextBatch;
    private long _nextByte;

    /// <summary>Reads until no content is left or one cannot be read. What fails is published in its place.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Run()
    {
        while (TakeRun(out var run))
        {
            var isRead = IsSmall(plan.Unknown[run.First]) ? TryReadSmall(run) : TryReadLarge(run);
            if (!isRead)
            {
                return;
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
                take(ReadAndHash(file, stream, index, check: null));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw source.Unreadable(file, e);
        }
    }

    /// <summary>Whether a content goes into a fragment as a whole.</summary>
    private static bool IsSmall(FileLayout file) => file.ChunkCount == 1 && file.PacksTail;

    private bool TakeRun(out ContentRun run)
    {
        lock (_gate)
        {
            var end = _nextContent;
            if (end == plan.Unknown.Count)
            {
                run = default;
                return false;
            }

            // One byte is left free: by it is seen whether a file has grown.
            var length = plan.Unknown[end].Length;
            var batches = plan.Unknown[end].ChunkCount;
            if (IsSmall(plan.Unknown[end++]))
            {
                while (end < plan.Unknown.Count
                    && end - _nextContent < MaximumRun
                    && IsSmall(plan.Unknown[end])
                    && length + plan.Unknown[end].Length < plan.BlockSize)
                {
                    length += plan.Unknown[end++].Length;
                }
            }

            run = new ContentRun(_nextContent, end, _nextBatch, _nextByte, length);
            _nextContent = end;
            _nextBatch += batches;
            _nextByte += length;
            return true;
        }
    }

    private bool TryReadSmall(in ContentRun run)
    {
        window.Reserve(run.Batch, run.FirstByte + run.Length);
        var chunks = new List<Chunk>(run.End - run.First);
        var buffer = ArrayPool<byte>.Shared.Rent((int)run.Length + 1);
        var offset = 0;
        Exception? failure = null;
        for (var i = run.First; i < run.End && failure is null; i++)
        {
            var file = plan.Unknown[i];
            try
            {
                chunks.Add(ReadAndHashSmall(file, buffer, offset));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failure = e is IOException or UnauthorizedAccessException ? source.Unreadable(file, e) : e;
                chunks.Add(Chunk.Failed(file, 0, failure));
            }

            offset += (int)file.Length;
        }

        window.Publish(run.Batch, new ChunkBatch(chunks, (int)run.Length, buffer));
        return failure is null;
    }

    private bool TryReadLarge(in ContentRun run)
    {
        var file = plan.Unknown[run.First];
        var index = 0;
        try
        {
            window.Reserve(run.Batch, run.FirstByte + file.ChunkLength(0, plan.BlockSize));
            Chunk chunk;
            using (var stream = source.Open(file))
            using (var check = file.Content is BlobContent blob ? new BlobCheck(blob, file.ChunkCount) : null)
            {
                chunk = ReadAndHash(file, stream, index, check);
                while (index < file.ChunkCount - 1)
                {
                    window.Publish(run.Batch + index, new ChunkBatch([chunk], chunk.Length, null));
                    index++;
                    var start = run.FirstByte + ((long)index * plan.BlockSize);
                    window.Reserve(run.Batch + index, start + file.ChunkLength(index, plan.BlockSize));
                    chunk = ReadAndHash(file, stream, index, check);
                }

                if (check?.TryKeep(digests) == false)
                {
                    throw source.Damaged(file);
                }
            }

            // After the stream is closed: that may fail too.
            window.Publish(run.Batch + index, new ChunkBatch([chunk], chunk.Length, null));
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Published in its place, so that of several errors always the first of the sequence is reported.
            var failure = e is IOException or UnauthorizedAccessException ? source.Unreadable(file, e) : e;
            window.Publish(run.Batch + index, new ChunkBatch([Chunk.Failed(file, index, failure)], 0, null));
            return false;
        }
    }

    private Chunk ReadAndHashSmall(FileLayout file, byte[] buffer, int offset)
    {
        var length = (int)file.Length;
        var start = DataTimes.Now;
        var read = file.Content.ReadStart(buffer.AsSpan(offset, length + 1));
        if (read != length)
        {
            throw source.LengthDiffers(file, read < length ? $"only {read}" : "more");
        }

        var readTime = DataTimes.Now;
        times.AddReading(readTime - start);
        var blob = file.Content as BlobContent;
        var digest = blob is not null || IsHashed(file, 0) ? Sha256Digest.Of(buffer.AsSpan(offset, length)) : default;
        if (blob is not null && digest != blob.Digest)
        {
            throw source.Damaged(file);
        }

        if (IsOmitted(buffer.AsSpan(offset, length)))
        {
            return new Chunk(file, 0, null, 0, length, default);
        }

        times.AddHashing(DataTimes.Now - readTime);
        return new Chunk(file, 0, buffer, offset, length, digest);
    }

    private Chunk ReadAndHash(FileLayout file, Stream stream, int index, BlobCheck? check)
    {
        var length = file.ChunkLength(index, plan.BlockSize);
        var start = DataTimes.Now;
        var buffer = ReadChunk(file, stream, index, length);
        var readTime = DataTimes.Now;
        times.AddReading(readTime - start);
        var digest = buffer is not null && IsHashed(file, index) ? Sha256Digest.Of(buffer.AsSpan(0, length)) : default;
        check?.Add(index, length, buffer, digest);
        times.AddHashing(DataTimes.Now - readTime);
        return new Chunk(file, index, buffer, 0, length, digest);
    }

    /// <summary>Reads one part.</summary>
    /// <returns>The bytes, rented from the shared pool; null when they are all zero and such blocks are not stored.</returns>
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

            if (IsOmitted(buffer.AsSpan(0, length)))
            {
                return null;
            }

            var result = buffer;
            buffer = null;
            return result;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private bool IsOmitted(ReadOnlySpan<byte> bytes) => plan.KeepsSparse && !bytes.ContainsAnyExcept((byte)0);

    private bool IsHashed(FileLayout file, int index) =>
        digests is not null || (file.IsPackedTail(index) ? file.HashesTail : file.HashesBlocks);

    /// <summary>What one thread reads in a row: a large file, or small ones that are handed over together.</summary>
    /// <param name="First">The place of the first content.</param>
    /// <param name="End">The place behind the last.</param>
    /// <param name="Batch">The place of the first batch in the sequence of all.</param>
    /// <param name="FirstByte">The number of bytes in the sequence before it.</param>
    /// <param name="Length">The sum of the contents' sizes.</param>
    private readonly record struct ContentRun(int First, int End, long Batch, long FirstByte, long Length);
}
