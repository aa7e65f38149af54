using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

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
    private readonly Func<BlockCompressor> _createCompressor;
    private readonly Action<BlockWork> _write;
    private readonly CancellationToken _cancellationToken;
    private bool _isWriting;

    /// <summary>Makes a pipeline.</summary>
    /// <param name="createCompressor">Makes what one thread compresses with.</param>
    /// <param name="isCached">Whether blocks are looked up in a cache, and so have to come with their digests.</param>
    /// <param name="capacity">How many blocks may be under way.</param>
    /// <param name="write">Takes each block in order; never called twice at a time.</param>
    /// <param name="cancellationToken">Ends all waiting.</param>
    public BlockPipeline(Func<BlockCompressor> createCompressor, bool isCached, int capacity, Action<BlockWork> write, CancellationToken cancellationToken)
    {
        _createCompressor = createCompressor;
        IsCached = isCached;
        _room = new SemaphoreSlim(capacity);
        _write = write;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Whether blocks are looked up in a cache.</summary>
    public bool IsCached { get; }

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
        using var compressor = _createCompressor();
        foreach (var work in _work.GetConsumingEnumerable(_cancellationToken))
        {
            compressor.Run(work);
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

    private static void Release(BlockWork work)
    {
        if (work.Source is { } source)
        {
            ArrayPool<byte>.Shared.Return(source);
        }

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
            try
            {
                if (work.Failure is { } failure)
                {
                    // In its turn, so that of several failures always the first is reported.
                    ExceptionDispatchInfo.Throw(failure);
                }

                _write(work);
            }
            finally
            {
                Release(work);
            }

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
