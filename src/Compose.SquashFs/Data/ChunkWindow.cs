using System.Buffers;

namespace Compose.SquashFs.Data;

/// <summary>
/// Brings chunks that several threads read back into their sequence, and keeps the readers from running too far ahead.
/// </summary>
/// <remarks>
/// A reader may read a chunk when its place and its bytes are within the window, or when it is the next one to be taken:
/// so the reader that the others wait for is never held up.
/// </remarks>
internal sealed class ChunkWindow : IDisposable
{
    private readonly object _gate = new();
    private readonly Chunk?[] _slots;
    private readonly long _byteBudget;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _cancellation;
    private long _next;
    private long _takenBytes;

    /// <summary>Makes a window.</summary>
    /// <param name="slots">How many chunks may be ahead.</param>
    /// <param name="byteBudget">How many bytes may be ahead.</param>
    /// <param name="cancellationToken">Ends all waiting.</param>
    public ChunkWindow(int slots, long byteBudget, CancellationToken cancellationToken)
    {
        _slots = new Chunk?[slots];
        _byteBudget = byteBudget;
        _cancellationToken = cancellationToken;
        _cancellation = cancellationToken.Register(Wake);
    }

    /// <summary>Waits until the chunk may be read.</summary>
    /// <param name="sequence">The chunk's place.</param>
    /// <param name="endByte">The number of bytes in the sequence up to its end.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Reserve(long sequence, long endByte)
    {
        lock (_gate)
        {
            while (sequence != _next && (sequence - _next >= _slots.Length || endByte - _takenBytes > _byteBudget))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            _cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Hands over a chunk whose place was reserved.</summary>
    public void Publish(long sequence, Chunk chunk)
    {
        lock (_gate)
        {
            _slots[sequence % _slots.Length] = chunk;
            if (sequence == _next)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for the next chunk of the sequence.</summary>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Chunk Take()
    {
        lock (_gate)
        {
            ref var slot = ref _slots[_next % _slots.Length];
            while (slot is null)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            var chunk = slot.Value;
            slot = null;
            _next++;
            _takenBytes += chunk.Length;
            Monitor.PulseAll(_gate);
            return chunk;
        }
    }

    /// <summary>Returns the buffers of chunks that nobody took. All readers must have ended.</summary>
    public void Dispose()
    {
        _cancellation.Dispose();
        foreach (var slot in _slots)
        {
            if (slot?.Buffer is { } buffer)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
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
