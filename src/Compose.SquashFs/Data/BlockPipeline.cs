using System.Buffers;
using System.Collections.Concurrent;
using Compose.SquashFs.Codecs;

namespace Compose.SquashFs.Data;

/// <summary>
/// Compresses blocks on several threads and hands them on in the order in which they were added. The thread that finishes
/// the block whose turn it is also writes it and those behind it that are ready. The number of blocks under way is bounded.
/// </summary>
internal sealed class BlockPipeline : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<BlockWork> _inOrder = new();
    private readonly BlockingCollection<BlockWork> _work = [];
    private readonly SemaphoreSlim _room;
    private readonly Codec _codec;
    private readonly Action<BlockWork> _write;
    private readonly CancellationToken _cancellationToken;
    private bool _isWriting;

    /// <summary>Makes a pipeline.</summary>
    /// <param name="codec">What compresses.</param>
    /// <param name="capacity">How many blocks may be under way.</param>
    /// <param name="write">Takes each block in order; never called twice at a time.</param>
    /// <param name="cancellationToken">Ends all waiting.</param>
    public BlockPipeline(Codec codec, int capacity, Action<BlockWork> write, CancellationToken cancellationToken)
    {
        _codec = codec;
        _room = new SemaphoreSlim(capacity);
        _write = write;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Adds a block, when there is room. One thread adds.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Add(BlockWork work)
    {
        _room.Wait(_cancellationToken);
        lock (_gate)
        {
            _inOrder.Enqueue(work);
        }

        _work.Add(work, _cancellationToken);
    }

    /// <summary>No more blocks come: <see cref="Run"/> returns when those under way are done.</summary>
    public void CompleteAdding() => _work.CompleteAdding();

    /// <summary>Compresses and writes until no block is left. To be run by each compressing thread.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Run()
    {
        using var context = _codec.CreateContext();
        foreach (var work in _work.GetConsumingEnumerable(_cancellationToken))
        {
            Compress(context, work);
            WriteReady(work);
        }
    }

    /// <summary>Returns the buffers of blocks that were not written. All threads must have ended.</summary>
    public void Dispose()
    {
        foreach (var work in _inOrder)
        {
            Release(work);
        }

        _inOrder.Clear();
        _work.Dispose();
        _room.Dispose();
    }

    private static void Compress(IBlockCodec context, BlockWork work)
    {
        var destination = ArrayPool<byte>.Shared.Rent(context.GetBound(work.SourceLength));
        var length = context.Compress(work.Source.AsSpan(0, work.SourceLength), destination);
        if (length == 0)
        {
            ArrayPool<byte>.Shared.Return(destination);
            return;
        }

        work.Compressed = destination;
        work.CompressedLength = length;
    }

    private static void Release(BlockWork work)
    {
        ArrayPool<byte>.Shared.Return(work.Source);
        if (work.Compressed is { } compressed)
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    private void WriteReady(BlockWork done)
    {
        lock (_gate)
        {
            done.IsDone = true;
            if (_isWriting)
            {
                return;
            }

            _isWriting = true;
        }

        while (TryDequeueReady(out var work))
        {
            _write(work);
            Release(work);
            _room.Release();
        }
    }

    private bool TryDequeueReady([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BlockWork? work)
    {
        lock (_gate)
        {
            if (_inOrder.TryPeek(out work) && work.IsDone)
            {
                _inOrder.Dequeue();
                return true;
            }

            _isWriting = false;
            work = null;
            return false;
        }
    }
}
