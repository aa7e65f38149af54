using System.Runtime.InteropServices;

namespace Compose.Tool;

/// <summary>
/// Turns the signals that end a process into a cancellation, so that what is half done can be cleared away. A second signal
/// ends the process at once.
/// </summary>
internal sealed class Termination : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] Signals =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)];

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _signal;

    public Termination() =>
        _registrations = [.. Signals.Select(signal => PosixSignalRegistration.Create(signal.Signal, context => Handle(context, signal.Number)))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exit code that tells of the signal.</summary>
    public int ExitCode => ExitCodes.SignalBase + Volatile.Read(ref _signal);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context, int number)
    {
        if (Interlocked.CompareExchange(ref _signal, number, 0) == 0)
        {
            context.Cancel = true;
            _stop.Cancel();
        }
    }
}
