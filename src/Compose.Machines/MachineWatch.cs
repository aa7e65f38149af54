using Compose.Machines.Emulator;
using Compose.Machines.Guest;
using Compose.Machines.Qmp;

namespace Compose.Machines;

/// <summary>
/// Waits for things in a machine under a deadline, and ends the wait early if the machine cannot do them any more:
/// its kernel panicked or QEMU ended. Every failure keeps the console's log.
/// </summary>
internal sealed class MachineWatch(EmulatorProcess emulator, ConsoleLog console, QmpClient qmp) : IAsyncDisposable
{
    private const string PanicText = "Kernel panic - not syncing";

    private readonly CancellationTokenSource _closing = new();
    private Task _panicked = Task.CompletedTask;

    /// <summary>Starts to look for panics.</summary>
    public void Start() => _panicked = Task.Run(WaitForPanicAsync);

    /// <summary>Waits.</summary>
    /// <param name="what">What is waited for, as the start of a sentence.</param>
    /// <param name="deadline">How long.</param>
    /// <param name="wait">The wait itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineException">It did not happen.</exception>
    public async Task<T> WaitAsync<T>(
        string what, TimeSpan deadline, Func<CancellationToken, Task<T>> wait, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(deadline);
        var waiting = wait(source.Token);
        try
        {
            var first = await Task.WhenAny(waiting, emulator.Exited, _panicked).ConfigureAwait(false);
            if (first == waiting || waiting.IsCompletedSuccessfully)
            {
                return await waiting.ConfigureAwait(false);
            }

            await source.CancelAsync().ConfigureAwait(false);
            return await waiting.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not MachineException && !cancellationToken.IsCancellationRequested)
        {
            throw await ExplainAsync(what, deadline, exception).ConfigureAwait(false);
        }
    }

    /// <summary>An exception for something that went wrong in the guest.</summary>
    public MachineException Fail(MachineFailure failure, string message, Exception? inner = null)
    {
        console.Keep();
        return new(failure, message, console.Path, console.ReadTail(), inner);
    }

    /// <summary>Stops to look for panics.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_panicked).ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task<MachineException> ExplainAsync(string what, TimeSpan deadline, Exception exception)
    {
        if (exception is IOException or QmpException or OperationCanceledException)
        {
            // A connection breaks a moment before the process that held it is gone.
            await Task.WhenAny(emulator.Exited, _panicked, Task.Delay(TimeSpan.FromMilliseconds(500))).ConfigureAwait(false);
        }

        if (_panicked.IsCompletedSuccessfully)
        {
            return Fail(MachineFailure.GuestPanicked, $"{what}: the guest's kernel panicked.", exception);
        }

        if (emulator.Exited.IsCompleted)
        {
            var text = emulator.ErrorText.Trim();
            return Fail(
                MachineFailure.EmulatorEnded,
                $"{what}: QEMU ended with code {emulator.Exited.Result}{(text.Length > 0 ? $": {text}" : ".")}",
                exception);
        }

        return exception switch
        {
            OperationCanceledException => Fail(
                MachineFailure.DeadlinePassed, $"{what}: it took longer than {deadline.TotalSeconds:0.#} s.", exception),
            GuestTimeoutException => Fail(MachineFailure.DeadlinePassed, exception.Message, exception),
            GuestRestartedException => Fail(MachineFailure.GuestRestarted, $"{what}: {exception.Message}", exception),
            _ => Fail(MachineFailure.EmulatorEnded, $"{what}: {exception.Message}", exception),
        };
    }

    private async Task WaitForPanicAsync()
    {
        // The device tells of a panic only once its driver is loaded; the console tells always.
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var text = console.WaitForTextAsync(PanicText, both.Token);
        var told = qmp.WaitForEventAsync("GUEST_PANICKED", cancellationToken: both.Token);
        var first = await Task.WhenAny(text, told).ConfigureAwait(false);
        if (!first.IsCompletedSuccessfully)
        {
            // QEMU has ended, or the machine is disposed of. What the console still holds has been written.
            await text.ConfigureAwait(false);
        }

        // The last lines of the panic are still on their way.
        await Task.Delay(TimeSpan.FromMilliseconds(300), _closing.Token).ConfigureAwait(false);
        await both.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(text).ConfigureAwait(false);
        await Task.WhenAny(told).ConfigureAwait(false);
    }
}
