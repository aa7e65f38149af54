using System.IO.Pipelines;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>
/// The way of a download's bytes to their reader, which runs on a thread of its own. It may lag behind by some bytes; when
/// it lags further, the download waits for it. A reader that fails says so only when the bytes were right.
/// </summary>
/// <param name="store">Gets what the reader makes of the bytes.</param>
/// <param name="request">The file.</param>
/// <param name="reader">The reader; null for none.</param>
/// <param name="cancellationToken">Ends the reader.</param>
internal sealed class DownloadFeed(
    ContentStore store, DownloadRequest request, DownloadReader? reader, CancellationToken cancellationToken) : IAsyncDisposable
{
    /// <summary>How many bytes the reader may lag behind.</summary>
    private const int MaximumLag = 1024 * 1024;

    private const int BufferSize = 64 * 1024;

    private byte[]? _unread;
    private Pass? _pass;
    private long _length;
    private Task _abandoned = Task.CompletedTask;

    /// <summary>Room for the next bytes.</summary>
    public Memory<byte> GetBuffer() => reader is null ? _unread ??= new byte[BufferSize] : Current(reader).Bytes.GetMemory(BufferSize / 4);

    /// <summary>Passes on bytes that were put into the room that <see cref="GetBuffer"/> gave.</summary>
    public async ValueTask AdvanceAsync(int count)
    {
        if (_pass is { } pass)
        {
            pass.Bytes.Advance(count);
            _length += count;

            // A reader that has failed takes all bytes, and they are thrown away.
            await pass.Bytes.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Throws away what was read so far: the file's bytes come again from the first.</summary>
    public void Restart()
    {
        if (_length > 0)
        {
            Abandon();
        }
    }

    /// <summary>Ends the file, whose bytes were right, waits for the reader and puts into the store what it made.</summary>
    /// <exception cref="DiagnosticException">The reader did not like what it read.</exception>
    public async Task AcceptAsync()
    {
        if (reader is not null)
        {
            await Current(reader).AcceptAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the reader and waits for it. Nothing of what was not accepted stays.</summary>
    public async ValueTask DisposeAsync()
    {
        Abandon();
        await _abandoned.ConfigureAwait(false);
    }

    private void Abandon()
    {
        if (_pass is { } pass)
        {
            _abandoned = Task.WhenAll(_abandoned, pass.AbandonAsync());
            _pass = null;
            _length = 0;
        }
    }

    private Pass Current(DownloadReader of) => _pass ??= new Pass(store, request, of, cancellationToken);

    /// <summary>One reading from the first byte on.</summary>
    private sealed class Pass
    {
        private readonly Pipe _pipe = new(new PipeOptions(
            pauseWriterThreshold: MaximumLag, resumeWriterThreshold: MaximumLag / 2, minimumSegmentSize: BufferSize, useSynchronizationContext: false));

        private readonly StoreTransaction _transaction;
        private readonly CancellationTokenSource _stop;
        private readonly Task _reading;

        public Pass(ContentStore store, DownloadRequest request, DownloadReader reader, CancellationToken cancellationToken)
        {
            _transaction = store.BeginTransaction();
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

            // Not one of the pool's threads: it waits for bytes.
            _reading = Task.Factory.StartNew(
                () => Read(request, reader), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }

        public PipeWriter Bytes => _pipe.Writer;

        public async Task AcceptAsync()
        {
            await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
            await _reading.ConfigureAwait(false);
            _transaction.Commit();
        }

        public async Task AbandonAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _pipe.Writer.CompleteAsync(new OperationCanceledException()).ConfigureAwait(false);
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _transaction.Dispose();
            _stop.Dispose();
        }

        private void Read(DownloadRequest request, DownloadReader reader)
        {
            try
            {
                using var bytes = _pipe.Reader.AsStream(leaveOpen: true);
                reader(request, bytes, _transaction, _stop.Token);
            }
            finally
            {
                // Whoever still writes is not held up.
                _pipe.Reader.Complete();
            }
        }
    }
}
