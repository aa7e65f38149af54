using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Compose.SquashFs.Data;

/// <summary>
/// Compresses blocks on several threads and hands them on in the order in which they were added. The thread that finishes
/// the block whose turn it is also writes it and those behind it that are ready. The number of blocks under way is bounded;
/// who has to wait for room is woken when there is room for several.
/// </summary>
internal sealed class BlockPipeline : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<BlockWork> _inOrder = new();
    private readonly Queue<BlockWork> _work = new();
    private readonly Func<BlockCompressor> _createCompressor;
    private readonly int _capacity;
    private readonly Action<BlockWork> _write;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _cancellation;
    private bool _isComplete;
    private bool _isWriting;
    private bool _adderWaits;
    private int _waitingWorkers;

    /// <summary>Makes a pipeline.</summary>
    /// <param name="createCompressor">Makes what one thread compresses with.</param>
    /// <param name="isCached">Whether blocks are looked up in a cache, and so have to come with their digests.</param>
    /// <param name="capacity">How many blocks may be under way.</param>
    /// <param name="write">Takes each block in order; never called twice at a time.</param>
    /// <param name="cancellationToken">Ends all waiting.</param>
    public BlockPipeline(
        Func<BlockCompressor> createCompressor, bool isCached, int capacity, Action<BlockWork> write, CancellationToken cancellationToken)
    {
        _createCompressor = createCompressor;
        IsCached = isCached;
        _capacity = capacity;
        _write = write;
        _cancellationToken = cancellationToken;
        _cancellation = cancellationToken.Register(Wake);
    }

    /// <summary>Whether blocks are looked up in a cache.</summary>
    public bool IsCached { get; }

    /// <summary>Adds a block, when there is room. One thread adds.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Add(BlockWork work)
    {
        lock (_gate)
        {
            while (_inOrder.Count >= _capacity)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                _adderWaits = true;
                Monitor.Wait(_gate);
                _adderWaits = false;
            }

            _cancellationToken.ThrowIfCancellationRequested();
            _inOrder.Enqueue(work);
            _work.Enqueue(work);
            if (_waitingWorkers > 0)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>No more blocks come: <see cref="Run"/> returns when those under way are done.</summary>
    public void CompleteAdding()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Compresses and writes until no block is left. To be run by each compressing thread.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Run()
    {
        using var compressor = _createCompressor();
        while (TryTakeWork(out var work))
        {
            compressor.Run(work);
            WriteReady(work);
        }
    }

    /// <summary>Returns the buffers of blocks that were not written. All threads must have ended.</summary>
    public void Dispose()
    {
        _cancellation.Dispose();
        foreach (var work in _inOrder)
        {
            Release(work);
        }

        _inOrder.Clear();
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

    private bool TryTakeWork([NotNullWhen(true)] out BlockWork? work)
    {
        lock (_gate)
        {
            while (!_work.TryDequeue(out work))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                if (_isComplete)
                {
                    return false;
                }

                _waitingWorkers++;
                Monitor.Wait(_gate);
                _waitingWorkers--;
            }

            _cancellationToken.ThrowIfCancellationRequested();
            return true;
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
        }
    }

    private bool TryDequeueReady([NotNullWhen(true)] out BlockWork? work)
    {
        lock (_gate)
        {
            if (_inOrder.TryPeek(out work) && work.IsDone)
            {
                _inOrder.Dequeue();
                if (_adderWaits && _inOrder.Count <= _capacity / 2)
                {
                    // Workers may wait for the same gate: all are woken, so that the adder is among them.
                    Monitor.PulseAll(_gate);
                }

                return true;
            }

            _isWriting = false;
            work = null;
            return false;
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
