using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// Passes data on to another stream and hashes it on the way, on all processors, so that nothing is read again: other threads
/// hash copies of what was written, and the thread that writes hashes from its own bytes when they have enough to do. Writing
/// back over earlier bytes is allowed, as a writer does who fills in a header at the end: those blocks are read back from
/// the other stream and hashed anew.
/// </summary>
/// <remarks>The data starts where the other stream stands when this one is made. One thread at a time may write.</remarks>
public sealed class VerityHashingStream : Stream
{
    private const int DigestsPerBlock = VerityParameters.BlockSize / Sha256Digest.Size;

    private readonly Stream _inner;
    private readonly long _start;
    private readonly bool _leaveOpen;
    private readonly VerityParameters _parameters;
    private readonly CancellationToken _cancellationToken;
    private readonly List<byte[]> _lowestLevel = [];
    private readonly SortedSet<long> _rewritten = [];
    private readonly BlockHasher _hasher;

    private readonly BatchQueue _queue;

    /// <summary>The batch that is filled. Each starts at a multiple of its size, so its digests lie in one hash block.</summary>
    private BlockBatch _batch;
    private long _position;
    private long _length;
    private VerityTree? _tree;

    /// <summary>Starts to hash.</summary>
    /// <param name="inner">Takes the data. It must be seekable and readable if bytes are written over.</param>
    /// <param name="parameters">UUID and salt.</param>
    /// <param name="leaveOpen">Whether <paramref name="inner"/> stays open when this stream is closed.</param>
    /// <param name="cancellationToken">Makes the next write, or <see cref="Complete"/>, throw.</param>
    public VerityHashingStream(
        Stream inner, VerityParameters parameters, bool leaveOpen = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(parameters);
        _inner = inner;
        _start = inner.CanSeek ? inner.Position : 0;
        _parameters = parameters;
        _hasher = new BlockHasher(parameters.Salt.Span);
        _queue = new BatchQueue(parameters.Salt);
        _batch = _queue.Take();
        _leaveOpen = leaveOpen;
        _cancellationToken = cancellationToken;
    }

    /// <inheritdoc/>
    public override bool CanRead => _inner.CanRead && _inner.CanSeek;

    /// <inheritdoc/>
    public override bool CanSeek => _inner.CanSeek;

    /// <inheritdoc/>
    public override bool CanWrite => _tree is null;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
            if (_inner.CanSeek)
            {
                _inner.Position = _start + value;
            }
        }
    }

    /// <summary>
    /// Ends the data: pads it with zeros to a whole block, waits for the hashes and builds the tree. Nothing can be written
    /// afterwards.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no data: a verity device has at least one block.</exception>
    public VerityTree Complete()
    {
        if (_tree is not null)
        {
            return _tree;
        }

        if (_length == 0)
        {
            throw new InvalidOperationException("There is no data: a verity device has at least one block.");
        }

        Position = _length;
        var padding = (int)(-_length & (VerityParameters.BlockSize - 1));
        if (padding > 0)
        {
            Write(new byte[padding]);
        }

        _cancellationToken.ThrowIfCancellationRequested();
        HashBatch();
        _queue.Finish();
        HashRewrittenBlocks();
        var dataBlocks = _length / VerityParameters.BlockSize;
        var (rootHash, levels) = _hasher.BuildLevels([.. _lowestLevel], dataBlocks);
        return _tree = new VerityTree(_parameters, dataBlocks, rootHash, levels);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_tree is not null)
        {
            throw new InvalidOperationException("The hash tree is complete: nothing more can be written.");
        }

        _cancellationToken.ThrowIfCancellationRequested();
        if (_position > _length && !buffer.IsEmpty)
        {
            SetLength(_position);
        }

        _inner.Write(buffer);
        var rewritten = (int)Math.Min(_length - _position, buffer.Length);
        NoteRewritten(_position, rewritten);
        _position += buffer.Length;
        Append(buffer[rewritten..]);
    }

    /// <summary>Makes the data longer by zeros.</summary>
    public override void SetLength(long value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, _length);
        var position = _position;
        Position = _length;
        var zeros = new byte[Math.Min(BlockBatch.Size, value - _length)];
        while (_length < value)
        {
            Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, value - _length)));
        }

        Position = position;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = _inner.Read(buffer);
        _position += read;
        return read;
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => _length + offset,
    };

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _queue.Dispose();
            _batch.Dispose();
            _hasher.Dispose();
            if (!_leaveOpen)
            {
                _inner.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            // Others have enough to do: what is a batch as it lies there is hashed here, and copied nowhere.
            var isHashedHere = _queue.IsFull;
            if (isHashedHere && _batch.Length == 0 && data.Length >= BlockBatch.Size)
            {
                _hasher.HashAll(data[..BlockBatch.Size], TakeDigests(_length, BlockBatch.Size).Span);
                _length += BlockBatch.Size;
                data = data[BlockBatch.Size..];
                continue;
            }

            var count = Math.Min(data.Length, BlockBatch.Size - _batch.Length);
            _batch.Append(data[..count], isForOthers: !isHashedHere);
            _length += count;
            data = data[count..];
            if (_batch.Length == BlockBatch.Size)
            {
                SubmitBatch();
            }
        }
    }

    private void SubmitBatch()
    {
        if (_queue.IsFull)
        {
            HashBatch();
            return;
        }

        _queue.Add(_batch, TakeDigests(_length - _batch.Length, _batch.Length));
        _batch = _queue.Take();
    }

    private void HashBatch()
    {
        if (_batch.Length > 0)
        {
            _batch.Hash(TakeDigests(_length - _batch.Length, _batch.Length).Span);
        }
    }

    /// <summary>The room for the digests of data that follows what was hashed before.</summary>
    private Memory<byte> TakeDigests(long start, int count)
    {
        var (hashBlock, first) = Math.DivRem(start / VerityParameters.BlockSize, DigestsPerBlock);
        if (hashBlock == _lowestLevel.Count)
        {
            _lowestLevel.Add(new byte[VerityParameters.BlockSize]);
        }

        var blocks = count / VerityParameters.BlockSize;
        return _lowestLevel[(int)hashBlock].AsMemory((int)first * Sha256Digest.Size, blocks * Sha256Digest.Size);
    }

    private void NoteRewritten(long position, int count)
    {
        if (count == 0)
        {
            return;
        }

        for (var block = position / VerityParameters.BlockSize; block <= (position + count - 1) / VerityParameters.BlockSize; block++)
        {
            _rewritten.Add(block);
        }
    }

    private void HashRewrittenBlocks()
    {
        var block = new byte[VerityParameters.BlockSize];
        foreach (var index in _rewritten)
        {
            _inner.Position = _start + (index * VerityParameters.BlockSize);
            _inner.ReadExactly(block);
            _hasher.Hash(block, _lowestLevel[(int)(index / DigestsPerBlock)].AsSpan((int)(index % DigestsPerBlock) * Sha256Digest.Size));
        }

        if (_rewritten.Count > 0)
        {
            _inner.Position = _start + _length;
        }
    }
}
