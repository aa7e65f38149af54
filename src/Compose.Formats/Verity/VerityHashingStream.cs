using System.Collections.Concurrent;
using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// Passes data on to another stream and hashes it on the way, on all processors, so that nothing is read again. Writing
/// back over earlier bytes is allowed, as a writer does who fills in a header at the end: those blocks are read back from
/// the other stream and hashed anew.
/// </summary>
/// <remarks>The data starts where the other stream stands when this one is made. One thread at a time may write.</remarks>
public sealed class VerityHashingStream : Stream
{
    /// <summary>The bytes that are hashed as one piece of work: the data of one hash block.</summary>
    internal const int ChunkSize = DigestsPerBlock * VerityParameters.BlockSize;

    private const int DigestsPerBlock = VerityParameters.BlockSize / Sha256Digest.Size;

    private readonly Stream _inner;
    private readonly long _start;
    private readonly bool _leaveOpen;
    private readonly VerityParameters _parameters;
    private readonly CancellationToken _cancellationToken;
    private readonly ConcurrentBag<BlockHasher> _hashers = [];
    private readonly ConcurrentBag<byte[]> _buffers = [];
    private readonly SemaphoreSlim _freeBuffers = new(Environment.ProcessorCount + 1);
    private readonly List<Task> _work = [];
    private readonly List<byte[]> _lowestLevel = [];
    private readonly SortedSet<long> _rewritten = [];
    private readonly int _saltedBlockSize;

    /// <summary>Blocks with the salt before each: data is put where it is hashed.</summary>
    private byte[]? _chunk;
    private int _chunkLength;
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
        _saltedBlockSize = parameters.Salt.Length + VerityParameters.BlockSize;
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

        SubmitChunk();
        Task.WaitAll([.. _work], _cancellationToken);
        foreach (var used in _hashers)
        {
            used.Dispose();
        }

        using var hasher = new BlockHasher(_parameters.Salt.Span);
        HashRewrittenBlocks(hasher);
        var dataBlocks = _length / VerityParameters.BlockSize;
        var lowest = _lowestLevel.GetRange(0, (int)((dataBlocks + DigestsPerBlock - 1) / DigestsPerBlock)).ToArray();
        var (rootHash, levels) = hasher.BuildLevels(lowest, dataBlocks);
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
        var zeros = new byte[Math.Min(ChunkSize, value - _length)];
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
            // Work that is still going on only touches memory of this object: it may end by itself.
            if (!_leaveOpen)
            {
                _inner.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        _length += data.Length;
        while (!data.IsEmpty)
        {
            _chunk ??= TakeBuffer();
            var (block, offset) = Math.DivRem(_chunkLength, VerityParameters.BlockSize);
            var count = Math.Min(data.Length, VerityParameters.BlockSize - offset);
            data[..count].CopyTo(_chunk.AsSpan((block * _saltedBlockSize) + _parameters.Salt.Length + offset));
            _chunkLength += count;
            data = data[count..];
            if (_chunkLength == ChunkSize)
            {
                SubmitChunk();
            }
        }
    }

    /// <summary>Waits until a worker gives a buffer back when too many are under way: memory stays bounded.</summary>
    private byte[] TakeBuffer()
    {
        _freeBuffers.Wait(_cancellationToken);
        if (_buffers.TryTake(out var buffer))
        {
            return buffer;
        }

        buffer = GC.AllocateUninitializedArray<byte>(DigestsPerBlock * _saltedBlockSize);
        for (var start = 0; start < buffer.Length; start += _saltedBlockSize)
        {
            _parameters.Salt.Span.CopyTo(buffer.AsSpan(start));
        }

        return buffer;
    }

    private void SubmitChunk()
    {
        if (_chunk is not { } chunk)
        {
            return;
        }

        var blocks = _chunkLength / VerityParameters.BlockSize;
        var digests = new byte[VerityParameters.BlockSize];
        _lowestLevel.Add(digests);
        _work.Add(Task.Run(() => HashChunk(chunk, blocks, digests), CancellationToken.None));
        _chunk = null;
        _chunkLength = 0;
    }

    private void HashChunk(byte[] chunk, int blocks, byte[] digests)
    {
        var hasher = _hashers.TryTake(out var free) ? free : new BlockHasher(_parameters.Salt.Span);
        hasher.HashAllSalted(chunk.AsSpan(0, blocks * _saltedBlockSize), digests);
        _hashers.Add(hasher);
        _buffers.Add(chunk);
        _freeBuffers.Release();
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

    private void HashRewrittenBlocks(BlockHasher hasher)
    {
        var block = new byte[VerityParameters.BlockSize];
        foreach (var index in _rewritten)
        {
            _inner.Position = _start + (index * VerityParameters.BlockSize);
            _inner.ReadExactly(block);
            hasher.Hash(block, _lowestLevel[(int)(index / DigestsPerBlock)].AsSpan((int)(index % DigestsPerBlock) * Sha256Digest.Size));
        }

        if (_rewritten.Count > 0)
        {
            _inner.Position = _start + _length;
        }
    }
}
