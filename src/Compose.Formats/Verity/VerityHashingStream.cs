using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// Passes data on to another stream and hashes it on the way, on all processors, so that nothing is read again. Whole blocks are
/// hashed from where the caller has them; only what is less than a block is kept until the rest comes, and small writes are
/// gathered. Writing back over earlier bytes is allowed, as a writer does who fills in a header at the end: those blocks are read
/// back from the other stream and hashed anew.
/// </summary>
/// <remarks>The data starts where the other stream stands when this one is made. One thread at a time may write.</remarks>
public sealed class VerityHashingStream : Stream
{
    private const int DigestsPerBlock = VerityParameters.BlockSize / Sha256Digest.Size;

    /// <summary>How many bytes of small writes are gathered: enough blocks to be worth sharing.</summary>
    private const int GatheredSize = 32 * VerityParameters.BlockSize;

    private readonly Stream _inner;
    private readonly long _start;
    private readonly bool _leaveOpen;
    private readonly VerityParameters _parameters;
    private readonly CancellationToken _cancellationToken;
    private readonly List<byte[]> _lowestLevel = [];
    private readonly SortedSet<long> _rewritten = [];
    private readonly HashingCrew _crew;

    /// <summary>The last bytes, which are not hashed yet.</summary>
    private readonly byte[] _gathered = GC.AllocateUninitializedArray<byte>(GatheredSize);
    private int _gatheredLength;
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
        _crew = new HashingCrew(parameters.Salt);
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
        HashGathered();
        using var hasher = new BlockHasher(_parameters.Salt.Span);
        HashRewrittenBlocks(hasher);
        var dataBlocks = _length / VerityParameters.BlockSize;
        var (rootHash, levels) = hasher.BuildLevels([.. _lowestLevel], dataBlocks);
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
        var zeros = new byte[Math.Min(GatheredSize, value - _length)];
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
            _crew.Dispose();
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
            var count = data.Length - (data.Length % VerityParameters.BlockSize);
            if (_gatheredLength == 0 && count >= GatheredSize)
            {
                _length += count;
                Hash(data[..count]);
            }
            else
            {
                // Large data makes up the block that was begun, and no more.
                var room = data.Length < GatheredSize
                    ? GatheredSize - _gatheredLength
                    : -_gatheredLength & (VerityParameters.BlockSize - 1);
                count = Math.Min(data.Length, room);
                data[..count].CopyTo(_gathered.AsSpan(_gatheredLength));
                _gatheredLength += count;
                _length += count;
                if (_gatheredLength == GatheredSize || count < data.Length)
                {
                    HashGathered();
                }
            }

            data = data[count..];
        }
    }

    private void HashGathered()
    {
        Hash(_gathered.AsSpan(0, _gatheredLength));
        _gatheredLength = 0;
    }

    /// <summary>Hashes whole blocks that end where the data ends so far.</summary>
    private void Hash(ReadOnlySpan<byte> blocks)
    {
        while ((long)_lowestLevel.Count * DigestsPerBlock * VerityParameters.BlockSize < _length)
        {
            _lowestLevel.Add(new byte[VerityParameters.BlockSize]);
        }

        _crew.Hash(blocks, (_length - blocks.Length) / VerityParameters.BlockSize, _lowestLevel);
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
