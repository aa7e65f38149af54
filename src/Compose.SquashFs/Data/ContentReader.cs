using System.Buffers;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Reads contents, finds zeros and hashes what may be a duplicate. Several threads run one reader: each takes the next
/// large file or run of small files.
/// </summary>
internal sealed class ContentReader(FileTree tree, DataPlan plan, ChunkWindow window)
{
    private const int MaximumRun = 32;

    private readonly Lock _gate = new();
    private int _nextLayout;

    /// <summary>Reads until no content is left or one cannot be read. What fails is published in its place.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Run()
    {
        while (TakeRun(out var first, out var end))
        {
            for (var i = first; i < end; i++)
            {
                if (!TryRead(plan.Layouts[i]))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Reads one part of a content for a second time.</summary>
    /// <returns>The bytes, rented from the shared pool; null when they are all zero and such blocks are not stored.</returns>
    public byte[]? ReadChunk(FileLayout file, Stream stream, int index)
    {
        var length = file.ChunkLength(index, plan.BlockSize);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var read = stream.ReadAtLeast(buffer.AsSpan(0, length), length, throwOnEndOfStream: false);
            if (read < length)
            {
                throw LengthDiffers(file, $"only {((long)index * plan.BlockSize) + read}");
            }

            if (index == file.ChunkCount - 1 && stream.Read(stackalloc byte[1]) > 0)
            {
                throw LengthDiffers(file, "more");
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

    /// <summary>Opens a content.</summary>
    public Stream Open(FileLayout file)
    {
        try
        {
            return file.Content.OpenRead();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, e);
        }
    }

    /// <summary>The error of a content that cannot be read.</summary>
    public DiagnosticException Unreadable(FileLayout file, Exception e) =>
        new(SquashFsDiagnostics.ContentUnreadable.Create($"The content of '{PathOf(file)}' cannot be read: {e.Message}"), e);

    private bool TakeRun(out int first, out int end)
    {
        lock (_gate)
        {
            first = _nextLayout;
            end = first;
            var bytes = 0L;
            while (end < plan.Layouts.Count && end - first < MaximumRun && bytes < plan.BlockSize)
            {
                bytes += plan.Layouts[end++].Length;
            }

            _nextLayout = end;
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
            using (var stream = Open(file))
            {
                chunk = ReadAndHash(file, stream, index);
                while (index < file.ChunkCount - 1)
                {
                    window.Publish(file.FirstChunk + index, chunk);
                    index++;
                    var start = file.FirstByte + ((long)index * plan.BlockSize);
                    window.Reserve(file.FirstChunk + index, start + file.ChunkLength(index, plan.BlockSize));
                    chunk = ReadAndHash(file, stream, index);
                }
            }

            // After the stream is closed: that may fail too.
            window.Publish(file.FirstChunk + index, chunk);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Published in its place, so that of several errors always the first of the sequence is reported.
            var failure = e is IOException or UnauthorizedAccessException ? Unreadable(file, e) : e;
            window.Publish(file.FirstChunk + index, new Chunk(file, index, null, 0, default, failure));
            return false;
        }
    }

    private Chunk ReadAndHash(FileLayout file, Stream stream, int index)
    {
        var buffer = ReadChunk(file, stream, index);
        var length = file.ChunkLength(index, plan.BlockSize);
        var digest = buffer is not null && IsHashed(file, index) ? Sha256Digest.Of(buffer.AsSpan(0, length)) : default;
        return new Chunk(file, index, buffer, length, digest);
    }

    private static bool IsHashed(FileLayout file, int index) =>
        file.IsPackedTail(index) ? file.HashesTail : file.HashesBlocks;

    private DiagnosticException LengthDiffers(FileLayout file, string found) =>
        new(SquashFsDiagnostics.ContentLengthDiffers.Create(
            $"The content of '{PathOf(file)}' was listed with {file.Length} bytes and has {found}. It must not change while it is packed."));

    private TreePath PathOf(FileLayout file) => tree.Items[file.Item].Path;
}
