using System.Runtime.ExceptionServices;
using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// Threads that hash blocks together, from where the blocks lie. The calling thread takes part, and goes on when all is
/// hashed: nothing is copied and nothing has to be kept. Blocks are taken in ever smaller shares, so that all end at once.
/// </summary>
/// <param name="salt">What is hashed before each block.</param>
internal sealed unsafe class HashingCrew(ReadOnlyMemory<byte> salt) : IDisposable
{
    /// <summary>How often a thread without work looks for some before it sleeps: for about as long as waking it takes.</summary>
    private const int Looks = 40;

    private readonly int _helpers = Environment.ProcessorCount - 1;
    private readonly BlockHasher _hasher = new(salt.Span);
    private readonly object _sleep = new();
    private readonly List<Task> _running = [];

    // The work. It is only touched by threads that are counted in _busy while _isOpen is 1.
    private byte* _blocks;
    private IReadOnlyList<byte[]> _hashBlocks = [];
    private long _first;
    private int _count;
    private int _next;

    private int _isOpen;
    private int _busy;
    private int _round;
    private int _sleepers;
    private volatile bool _isOver;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Hashes blocks of 4096 bytes.</summary>
    /// <param name="blocks">Whole blocks. They are not read any more when this returns.</param>
    /// <param name="first">The number of the first block.</param>
    /// <param name="hashBlocks">The lowest level of the tree, which has room for the digests.</param>
    public void Hash(ReadOnlySpan<byte> blocks, long first, IReadOnlyList<byte[]> hashBlocks)
    {
        _count = blocks.Length / VerityParameters.BlockSize;
        if (_count == 0)
        {
            return;
        }

        _first = first;
        _hashBlocks = hashBlocks;
        _next = 0;
        fixed (byte* start = blocks)
        {
            _blocks = start;
            if (_count > 1 && _helpers > 0)
            {
                Open();
            }

            try
            {
                TakePart(_hasher);
            }
            finally
            {
                Close();
            }
        }

        _failure?.Throw();
    }

    /// <summary>Ends the threads. No blocks may be hashed at the time.</summary>
    public void Dispose()
    {
        _isOver = true;
        lock (_sleep)
        {
            Monitor.PulseAll(_sleep);
        }

        Task.WaitAll([.. _running]);
        _hasher.Dispose();
    }

    private void Open()
    {
        if (_running.Count == 0)
        {
            for (var i = 0; i < _helpers; i++)
            {
                _running.Add(Task.Factory.StartNew(Help, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
            }
        }

        Volatile.Write(ref _isOpen, 1);
        Interlocked.Increment(ref _round);
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_sleep)
            {
                Monitor.PulseAll(_sleep);
            }
        }
    }

    /// <summary>Waits for those who are at their last blocks. Whoever comes later finds the work closed.</summary>
    private void Close()
    {
        Interlocked.Exchange(ref _isOpen, 0);
        var wait = default(SpinWait);
        while (Volatile.Read(ref _busy) > 0)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    private void Help()
    {
        using var hasher = new BlockHasher(salt.Span);
        var round = 0;
        while (WaitForRound(ref round))
        {
            Interlocked.Increment(ref _busy);
            try
            {
                if (Volatile.Read(ref _isOpen) == 1)
                {
                    TakePart(hasher);
                }
            }
            catch (Exception e)
            {
                // The one who brings the blocks shall know of it; nobody waits for this thread.
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                Interlocked.Decrement(ref _busy);
            }
        }
    }

    private bool WaitForRound(ref int round)
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref _round) == round && !_isOver)
        {
            if (wait.Count < Looks)
            {
                wait.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            lock (_sleep)
            {
                // Counted before it looks once more: whoever opens a round after that sees it and wakes it.
                Interlocked.Increment(ref _sleepers);
                while (Volatile.Read(ref _round) == round && !_isOver)
                {
                    Monitor.Wait(_sleep);
                }

                Interlocked.Decrement(ref _sleepers);
            }
        }

        round = Volatile.Read(ref _round);
        return !_isOver;
    }

    private void TakePart(BlockHasher hasher)
    {
        const int DigestsPerBlock = VerityParameters.BlockSize / Sha256Digest.Size;
        while (TryTake(out var index, out var end))
        {
            for (; index < end; index++)
            {
                var (hashBlock, slot) = Math.DivRem(_first + index, DigestsPerBlock);
                hasher.Hash(
                    new ReadOnlySpan<byte>(_blocks + ((long)index * VerityParameters.BlockSize), VerityParameters.BlockSize),
                    _hashBlocks[(int)hashBlock].AsSpan((int)slot * Sha256Digest.Size, Sha256Digest.Size));
            }
        }
    }

    private bool TryTake(out int start, out int end)
    {
        while (true)
        {
            start = Volatile.Read(ref _next);
            if (start >= _count)
            {
                end = start;
                return false;
            }

            end = start + Math.Max(1, (_count - start) / (2 * (_helpers + 1)));
            if (Interlocked.CompareExchange(ref _next, end, start) == start)
            {
                return true;
            }
        }
    }
}
