namespace Compose.SquashFs.Data;

/// <summary>
/// Brings what several threads read back into its sequence, and keeps the readers from running too far ahead.
/// </summary>
/// <remarks>
/// A reader may read a batch when its place and its bytes are within the window, or when it is the next one to be taken: so
/// the reader that the others wait for is never held up. One that has to wait is woken when there is room for several.
/// </remarks>
internal sealed class ChunkWindow : IDisposable
{
    /// <summary>The share of the budget that has to be free before readers are woken.</summary>
    private const int WakeShare = 4;

    private readonly object _gate = new();
    private readonly ChunkBatch?[] _slots;
    private readonly long _byteBudget;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _cancellation;
    private long _next;
    private long _takenBytes;
    private bool _takerWaits;
    private int _waitingReaders;
    private long _wakeAt;

    /// <summary>Makes a window.</summary>
    /// <param name="slots">How many batches may be ahead.</param>
    /// <param name="byteBudget">How many bytes may be ahead.</param>
    /// <param name="cancellationToken">Ends all waiting.</param>
    public ChunkWindow(int slots, long byteBudget, CancellationToken cancellationToken)
    {
        _slots = new ChunkBatch?[slots];
        _byteBudget = byteBudget;
        _cancellationToken = cancellationToken;
        _cancellation = cancellationToken.Register(Wake);
    }

    /// <summary>Waits until the batch may be read.</summary>
    /// <param name="sequence">The batch's place.</param>
    /// <param name="endByte">The number of bytes in the sequence up to its end.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Reserve(long sequence, long endByte)
    {
        lock (_gate)
        {
            while (sequence != _next && (sequence - _next >= _slots.Length || endByte - _takenBytes > _byteBudget))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                if (_waitingReaders++ == 0)
                {
                    _wakeAt = _takenBytes + (_byteBudget / WakeShare);
                }

                Monitor.Wait(_gate);
                _waitingReaders--;
            }

            _cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Hands over a batch whose place was reserved.</summary>
    public void Publish(long sequence, ChunkBatch batch)
    {
        lock (_gate)
        {
            _slots[sequence % _slots.Length] = batch;
            if (sequence == _next && _takerWaits)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for the next batch of the sequence.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public ChunkBatch Take()
    {
        lock (_gate)
        {
            ref var slot = ref _slots[_next % _slots.Length];
            while (slot is null)
            {
                _cancellationToken.ThrowIfCancellationRequested();

                // The readers have to come forward now, whatever room there is.
                if (_waitingReaders > 0)
                {
                    Monitor.PulseAll(_gate);
                }

                _takerWaits = true;
                Monitor.Wait(_gate);
                _takerWaits = false;
            }

            var batch = slot.Value;
            slot = null;
            _next++;
            _takenBytes += batch.Length;
            if (_waitingReaders > 0 && _takenBytes >= _wakeAt)
            {
                Monitor.PulseAll(_gate);
            }

            return batch;
        }
    }

    /// <summary>Returns the buffers of what nobody took. All readers must have ended.</summary>
    public void Dispose()
    {
        _cancellation.Dispose();
        foreach (var slot in _slots)
        {
            slot?.Release();
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
