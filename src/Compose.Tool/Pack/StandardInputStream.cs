using System.Runtime.InteropServices;

namespace Compose.Tool.Pack;

/// <summary>
/// The standard input as a stream that a cancellation can end: a read that waits for a pipe cannot be called back, so it is
/// only begun when there is something to read.
/// </summary>
internal sealed partial class StandardInputStream(Stream source, CancellationToken cancellationToken) : Stream
{
    private const int Descriptor = 0;
    private const int PollMilliseconds = 100;
    private const short InputReady = 1;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _next;
    private int _end;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The next bytes, which stay to be read; fewer when the input is shorter.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _next < count && Fill())
        {
        }

        return _buffer.AsSpan(_next, Math.Min(count, _end - _next));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_next == _end)
        {
            if (buffer.Length >= _buffer.Length)
            {
                WaitForInput();
                return source.Read(buffer);
            }

            if (!Fill())
            {
                return 0;
            }
        }

        var count = Math.Min(buffer.Length, _end - _next);
        _buffer.AsSpan(_next, count).CopyTo(buffer);
        _next += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool Fill()
    {
        _buffer.AsSpan(_next, _end - _next).CopyTo(_buffer);
        _end -= _next;
        _next = 0;
        WaitForInput();
        var read = source.Read(_buffer.AsSpan(_end));
        _end += read;
        return read > 0;
    }

    private void WaitForInput()
    {
        var descriptor = new PollDescriptor { Descriptor = Descriptor, Events = InputReady };
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (!OperatingSystem.IsWindows() && !IsReady(ref descriptor));
    }

    /// <summary>Waits a moment. A signal may end that early; what else fails is left for the read to tell.</summary>
    private static bool IsReady(ref PollDescriptor descriptor)
    {
        const int interrupted = 4;
        var result = Poll(ref descriptor, 1, PollMilliseconds);
        return result > 0 || (result < 0 && Marshal.GetLastPInvokeError() != interrupted);
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    /// <summary><c>struct pollfd</c> (POSIX.1-2017, poll.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
