using System.Buffers;

namespace Compose.SquashFs.Reading;

/// <summary>Reads a file of an image from its start to its end, one block at a time.</summary>
internal sealed class ImageFileStream(SquashFsImage image, ImageFileLayout layout, TreePath path) : Stream
{
    private readonly int _blockSize = image.BlockSize;
    private BlockListReader? _blocks;
    private FragmentCache.Lease? _fragment;
    private byte[]? _buffer;
    private int _bufferStart;
    private int _bufferEnd;
    private long _position;
    private bool _isClosed;

    public override bool CanRead => !_isClosed;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => layout.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads some bytes.</summary>
    /// <exception cref="DiagnosticException">The image is damaged there.</exception>
    /// <exception cref="IOException">The image cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The stream or the image is closed.</exception>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        try
        {
            return buffer.IsEmpty || _position == layout.Length ? 0 : ReadSome(buffer);
        }
        catch (ImageFault fault)
        {
            throw fault.ToException(image.Name, path);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<int>(cancellationToken)
            : new ValueTask<int>(Read(buffer.Span));

    public override void CopyTo(Stream destination, int bufferSize)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(layout.Length, 1, _blockSize));
        try
        {
            for (var read = Read(buffer); read > 0; read = Read(buffer))
            {
                destination.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isClosed)
        {
            _isClosed = true;
            _fragment?.Dispose();
            if (_buffer is { } buffer)
            {
                _buffer = null;
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        base.Dispose(disposing);
    }

    private int ReadSome(Span<byte> destination)
    {
        if (_bufferStart == _bufferEnd)
        {
            var length = (int)Math.Min(_blockSize, layout.Length - _position);
            if (layout.HasFragment && length < _blockSize)
            {
                return ReadTail(destination, length);
            }

            _blocks ??= new BlockListReader(image, layout);
            if (destination.Length >= length)
            {
                // A whole block goes where it is wanted, with no copy on the way.
                _blocks.ReadNext(destination[..length]);
                _position += length;
                return length;
            }

            _buffer ??= ArrayPool<byte>.Shared.Rent(length);
            _blocks.ReadNext(_buffer.AsSpan(0, length));
            (_bufferStart, _bufferEnd) = (0, length);
        }

        var part = Math.Min(destination.Length, _bufferEnd - _bufferStart);
        _buffer.AsSpan(_bufferStart, part).CopyTo(destination);
        _bufferStart += part;
        _position += part;
        return part;
    }

    private int ReadTail(Span<byte> destination, int left)
    {
        image.ThrowIfDisposed();
        _fragment ??= image.Fragments.Rent(layout.Fragment);
        var bytes = _fragment.Bytes;
        var end = layout.FragmentOffset + layout.TailLength(_blockSize);
        if (end > bytes.Length)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedInode,
                $"the file's end is up to byte {end} of fragment {layout.Fragment}, which has {bytes.Length}");
        }

        var part = Math.Min(left, destination.Length);
        bytes.Slice((int)(end - left), part).CopyTo(destination);
        _position += part;
        return part;
    }
}
