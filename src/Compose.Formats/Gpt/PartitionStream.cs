using Compose.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Compose.Formats.Gpt;

/// <summary>
/// A window on the disk's file. Zeros that are written where nothing was written before leave a hole in the file: it was
/// empty at the start, so they read as zeros anyway.
/// </summary>
internal sealed class PartitionStream(SafeFileHandle disk, long offset, long capacity, string label, Action<long> closed) : Stream
{
    /// <summary>The grain of holes: the block size of the usual file systems.</summary>
    private const int Grain = 4096;

    private long _position;
    private long _length;

    /// <summary>Behind this position of the partition no byte was written to the file.</summary>
    private long _written;

    private bool _closed;

    public override bool CanRead => !_closed;

    public override bool CanSeek => !_closed;

    public override bool CanWrite => !_closed;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var count = (int)Math.Clamp(_length - _position, 0, buffer.Length);
        buffer = buffer[..count];
        var stored = (int)Math.Clamp(_written - _position, 0, count);
        for (var done = 0; done < stored;)
        {
            var read = RandomAccess.Read(disk, buffer[done..stored], offset + _position + done);
            if (read == 0)
            {
                throw new EndOfStreamException($"The disk image was truncated while the partition '{label}' was read.");
            }

            done += read;
        }

        buffer[stored..].Clear();
        _position += count;
        return count;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        Reserve(_position, buffer.Length);
        var rewritten = (int)Math.Clamp(_written - _position, 0, buffer.Length);
        if (rewritten > 0)
        {
            Store(buffer[..rewritten]);
        }

        WriteAroundHoles(buffer[rewritten..]);
        _length = Math.Max(_length, _position);
    }

    public override void SetLength(long value)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(value, _length);
        Reserve(value, 0);
        _length = value;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => _length + offset,
    };

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed)
        {
            _closed = true;
            closed(_length);
        }

        base.Dispose(disposing);
    }

    private void Reserve(long position, int count)
    {
        if (position > capacity - count)
        {
            throw new DiagnosticException(FormatDiagnostics.PartitionTooSmall.Create(
                $"The content of the partition '{label}' is larger than the partition's {capacity} bytes. Make the partition larger, or take something out of it.",
                label));
        }
    }

    private void WriteAroundHoles(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var hole = LeadingPieces(buffer, zero: true);
            _position += hole;
            buffer = buffer[hole..];
            var data = LeadingPieces(buffer, zero: false);
            if (data > 0)
            {
                Store(buffer[..data]);
                _written = _position;
                buffer = buffer[data..];
            }
        }
    }

    /// <summary>The length of the run of pieces at the front, cut at the grain, that are all zeros, or that are not.</summary>
    private int LeadingPieces(ReadOnlySpan<byte> buffer, bool zero)
    {
        var length = 0;
        while (length < buffer.Length)
        {
            var piece = Math.Min(Grain - (int)((offset + _position + length) % Grain), buffer.Length - length);
            if (!buffer.Slice(length, piece).ContainsAnyExcept((byte)0) != zero)
            {
                break;
            }

            length += piece;
        }

        return length;
    }

    private void Store(ReadOnlySpan<byte> buffer)
    {
        RandomAccess.Write(disk, buffer, offset + _position);
        _position += buffer.Length;
    }
}
