using System.Buffers;
using System.Runtime.ExceptionServices;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>All chunks of a plan in sequence: those that are read, as they come, and those that are known.</summary>
internal sealed class ChunkSequence(DataPlan plan, ChunkWindow window) : IDisposable
{
    private ChunkBatch _batch = new([], 0, null);
    private int _taken;

    /// <summary>The next chunk of a content. What shares a buffer with others is valid until the next call.</summary>
    /// <exception cref="DiagnosticException">It could not be read.</exception>
    public Chunk Next(FileLayout file, int index)
    {
        if (file.KnownDigests is not null)
        {
            return Chunk.Known(file, index, plan.BlockSize);
        }

        if (_taken == _batch.Chunks.Count)
        {
            Dispose();
            _batch = window.Take();
            _taken = 0;
        }

        var chunk = _batch.Chunks[_taken++];
        if (chunk.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return chunk;
    }

    public void Dispose()
    {
        if (_batch.SharedBuffer is { } buffer)
        {
            _batch = new([], 0, null);
            _taken = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
