using System.Runtime.ExceptionServices;

namespace Compose.Formats.Verity;

/// <summary>
/// The batches that other threads hash. There is one such thread less than processors: the thread that brings the data has
/// one for itself. A thread goes on as long as a batch waits, so that it is started rarely.
/// </summary>
/// <param name="salt">What is hashed before each block.</param>
internal sealed class BatchQueue(ReadOnlyMemory<byte> salt) : IDisposable
{
    /// <summary>While a thread hashes one batch, the next ones wait for it: enough that it does not run out of them.</summary>
    private const int BatchesPerThread = 8;

    private readonly int _threads = Environment.ProcessorCount - 1;
    private readonly object _lock = new();
    private readonly Queue<(BlockBatch Batch, Memory<byte> Digests)> _waiting = new();
    private readonly Stack<BlockBatch> _free = new();
    private int _running;
    private volatile int _unfinished;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Whether the other threads have enough to do. No more batches are taken then, so that memory stays bounded.</summary>
    public bool IsFull => _unfinished >= BatchesPerThread * _threads;

    /// <summary>Lets go of what nobody works at. Work that is going on only touches memory of its batch: it may end by itself.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var batch in _free.Concat(_waiting.Select(work => work.Batch)))
            {
                batch.Dispose();
            }

            _free.Clear();
            _waiting.Clear();
        }
    }

    /// <summary>An empty batch.</summary>
    public BlockBatch Take()
    {
        lock (_lock)
        {
            return _free.TryPop(out var batch) ? batch : new BlockBatch(salt.Span);
        }
    }

    /// <summary>Lets another thread hash a batch, which belongs to the queue from now on. The queue must not be full.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="digests">The room for the digests: all are there after <see cref="Finish"/>.</param>
    public void Add(BlockBatch batch, Memory<byte> digests)
    {
        // The lock is a barrier also for what was copied past the caches.
        lock (_lock)
        {
            _failure?.Throw();
            _unfinished++;
            _waiting.Enqueue((batch, digests));
            if (_running < _threads)
            {
                _running++;
                Task.Run(HashUntilNoneWaits);
            }
        }
    }

    /// <summary>Hashes on this thread too what waits, and waits for what others began.</summary>
    public void Finish()
    {
        while (TryNext(out var work))
        {
            Hash(work.Batch, work.Digests.Span);
        }

        lock (_lock)
        {
            while (_unfinished > 0)
            {
                Monitor.Wait(_lock);
            }

            _failure?.Throw();
        }
    }

    private void HashUntilNoneWaits()
    {
        while (true)
        {
            (BlockBatch Batch, Memory<byte> Digests) work;
            lock (_lock)
            {
                // Whoever adds a batch after this starts a thread again.
                if (!_waiting.TryDequeue(out work))
                {
                    _running--;
                    return;
                }
            }

            Hash(work.Batch, work.Digests.Span);
        }
    }

    private bool TryNext(out (BlockBatch Batch, Memory<byte> Digests) work)
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out work);
        }
    }

    private void Hash(BlockBatch batch, Span<byte> digests)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            batch.Hash(digests);
        }
        catch (Exception e)
        {
            // Whoever waits for the digests shall know; nobody waits for this thread.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        lock (_lock)
        {
            _failure ??= failure;
            _free.Push(batch);
            _unfinished--;
            Monitor.PulseAll(_lock);
        }
    }
}
