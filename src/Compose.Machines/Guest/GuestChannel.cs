using System.Globalization;
using System.Text;

namespace Compose.Machines.Guest;

/// <summary>
/// The host's end of the agent's port; <c>agent.sh</c> describes the lines. One command runs at a time. After a
/// reboot, or a restart of the agent, both sides find each other again by the agent's hello.
/// </summary>
internal sealed class GuestChannel : IAsyncDisposable
{
    /// <summary>How much longer than its own limit a command's answer may take.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly Stream _stream;
    private readonly int _outputLimit;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _reading;

    private TaskCompletionSource _changed = NewSignal();
    private GuestSession? _session;
    private PendingCommand? _pending;
    private Exception? _broken;
    private long _lastId;

    /// <summary>Takes over a connection.</summary>
    /// <param name="stream">The port.</param>
    /// <param name="outputLimit">How many bytes of each of a command's outputs are sent back.</param>
    public GuestChannel(Stream stream, int outputLimit)
    {
        _stream = stream;
        _outputLimit = outputLimit;
        _reading = ReadAsync();
    }

    /// <summary>Waits for an agent.</summary>
    /// <param name="otherThan">A boot whose agent does not count.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<GuestSession> WaitForSessionAsync(string? otherThan, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task signal;
            lock (_gate)
            {
                if (_broken is not null)
                {
                    throw Broken(_broken);
                }

                if (_session is not null && _session.BootId != otherThan)
                {
                    return _session;
                }

                signal = _changed.Task;
            }

            await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a bash script in the guest, after those that were sent before.</summary>
    /// <param name="script">The script.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="timeout">How long it may take, from when the agent takes it, in whole seconds rounded up; also how long an agent is waited for.</param>
    /// <param name="cancellationToken">Ends the wait; the guest runs the script to its end or its limit.</param>
    /// <exception cref="GuestTimeoutException">It took longer, or there is no agent in that time.</exception>
    /// <exception cref="GuestRestartedException">The agent started anew meanwhile.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<GuestCommandResult> RunAsync(
        string script, ReadOnlyMemory<byte> input, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        var addressee = await WithinAsync(
            token => WaitForSessionAsync(null, token), timeout,
            $"No agent answers in the guest; '{script}' was not run.", cancellationToken).ConfigureAwait(false);
        await WithinAsync(
            async token => { await _turn.WaitAsync(token).ConfigureAwait(false); return true; }, timeout,
            $"The guest is still busy with another command; '{script}' was not run.", cancellationToken).ConfigureAwait(false);

        var command = Register(addressee);
        var sent = SendAsync(command, script, input, timeout);
        _ = EndTurnAsync(command, sent);
        var answer = await WithinAsync(
            command.Answer.Task.WaitAsync, timeout + Grace,
            $"The guest does not answer; it was running '{script}'.", cancellationToken).ConfigureAwait(false);
        var result = new GuestCommandResult(
            script, answer.ExitCode, answer.Output, answer.Error, answer.OutputLength, answer.ErrorLength);
        return answer.TimedOut
            ? throw new GuestTimeoutException($"A command took longer than {timeout.TotalSeconds:0.#} s and was ended. {result}")
            : result;
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _closing.Dispose();
    }

    private PendingCommand Register(GuestSession addressee)
    {
        lock (_gate)
        {
            var command = new PendingCommand(++_lastId, addressee);
            if (_broken is not null)
            {
                command.Answer.SetException(Broken(_broken));
            }
            else if (_session != addressee)
            {
                command.Answer.SetException(Restarted());
            }
            else
            {
                _pending = command;
            }

            return command;
        }
    }

    private async Task SendAsync(PendingCommand command, string script, ReadOnlyMemory<byte> input, TimeSpan timeout)
    {
        if (command.Answer.Task.IsCompleted)
        {
            return;
        }

        var body = Encoding.UTF8.GetBytes(script);
        // The newline ends what an interrupted request may have left unfinished.
        var header = string.Create(
            CultureInfo.InvariantCulture,
            $"\nrun {command.Session.Id} {command.Id} {Math.Ceiling(timeout.TotalSeconds):0} {_outputLimit} {body.Length} {input.Length}\n");
        try
        {
            // Whole, whoever still waits: after a part of a request the agent would take the next one for the rest.
            await SendPartAsync(Encoding.ASCII.GetBytes(header)).ConfigureAwait(false);
            await SendPartAsync(body).ConfigureAwait(false);
            await SendPartAsync(input).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            Break(exception);
        }

        ValueTask SendPartAsync(ReadOnlyMemory<byte> part) => _stream.WriteAsync(part, _closing.Token);
    }

    private async Task EndTurnAsync(PendingCommand command, Task sent)
    {
        // The guest is done, even if nobody waits for the answer any more.
        await Task.WhenAny(command.Answer.Task).ConfigureAwait(false);
        await sent.ConfigureAwait(false);
        _turn.Release();
    }

    private async Task ReadAsync()
    {
        // Base64 of both outputs, and the fields before them.
        var limit = (int)Math.Min(int.MaxValue / 2, (_outputLimit / 3 + 1) * 4L * 2 + 1024);
        var lines = new LineReader(_stream, limit);
        try
        {
            while (await lines.ReadAsync(_closing.Token).ConfigureAwait(false) is { } line)
            {
                Take(AgentMessage.Parse(line.Span));
            }

            Break(new IOException("The machine closed the port."));
        }
        catch (Exception exception) when (
            exception is IOException or InvalidDataException or ObjectDisposedException or OperationCanceledException)
        {
            Break(exception);
        }
    }

    private void Take(AgentMessage? message)
    {
        lock (_gate)
        {
            switch (message)
            {
                case AgentMessage.Hello hello:
                    _session = hello.Session;
                    _pending?.Answer.TrySetException(Restarted());
                    _pending = null;
                    Signal();
                    break;
                case AgentMessage.Result result when result.Id == _pending?.Id:
                    _pending.Answer.TrySetResult(result);
                    _pending = null;
                    break;
            }
        }
    }

    private void Break(Exception reason)
    {
        lock (_gate)
        {
            _broken ??= reason;
            _pending?.Answer.TrySetException(Broken(reason));
            _pending = null;
            Signal();
        }
    }

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static async Task<T> WithinAsync<T>(
        Func<CancellationToken, Task<T>> wait, TimeSpan limit, string message, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        try
        {
            return await wait(source.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GuestTimeoutException($"{message} ({limit.TotalSeconds:0.#} s)");
        }
    }

    private static IOException Broken(Exception reason) => new($"The connection to the guest broke: {reason.Message}", reason);

    private static GuestRestartedException Restarted() => new("The guest, or its agent, started anew.");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record PendingCommand(long Id, GuestSession Session)
    {
        public TaskCompletionSource<AgentMessage.Result> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
