using System.Net.Sockets;
using Compose.Diagnostics;
using Compose.Machines.Emulator;
using Compose.Machines.Guest;
using Compose.Machines.Qmp;

namespace Compose.Machines;

/// <summary>
/// A virtual machine with UEFI firmware that boots a disk image without changing it. Disposing of it ends it; so does
/// the end of this process, whatever its cause.
/// </summary>
public sealed class QemuMachine : IAsyncDisposable
{
    private static readonly TimeSpan QuitLimit = TimeSpan.FromSeconds(2);

    private readonly MachineFolder _folder;
    private readonly EmulatorProcess _emulator;
    private readonly MachineWatch _watch;
    private readonly GuestChannel? _channel;
    private readonly GuestSystem? _guest;
    private bool _disposed;

    private QemuMachine(
        MachineFolder folder, EmulatorProcess emulator, ConsoleLog console, QmpClient monitor, GuestChannel? channel)
    {
        _folder = folder;
        _emulator = emulator;
        _channel = channel;
        Console = console;
        Monitor = monitor;
        _watch = new(emulator, console, monitor);
        _guest = channel is null ? null : new(channel, _watch);
        _watch.Start();
    }

    /// <summary>The system in the machine.</summary>
    /// <exception cref="InvalidOperationException">The options left its agent out.</exception>
    public GuestSystem Guest => _guest ?? throw new InvalidOperationException("This machine has no agent in its guest.");

    /// <summary>The serial console's log.</summary>
    public ConsoleLog Console { get; }

    /// <summary>QEMU's own protocol.</summary>
    public QmpClient Monitor { get; }

    /// <summary>QEMU's process.</summary>
    public int ProcessId => _emulator.Id;

    /// <summary>Ends with QEMU, with its exit code: 0 when the guest powered off.</summary>
    public Task<int> Exited => _emulator.Exited;

    /// <summary>Starts a machine. It has not begun to boot when this returns; see <see cref="GuestSystem.WaitForBootAsync"/>.</summary>
    /// <param name="host">What it runs with.</param>
    /// <param name="options">What it is made of.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="DiagnosticException">A disk is missing (COMPOSE5003), or QEMU does not start (COMPOSE5006).</exception>
    /// <exception cref="ArgumentException">An option's value is not possible.</exception>
    public static async Task<QemuMachine> StartAsync(
        QemuHost host, MachineOptions options, CancellationToken cancellationToken = default)
    {
        if (options.GuestAgent)
        {
            options = options with { Credentials = [.. GuestAgent.Credentials, .. options.Credentials] };
        }

        var folder = MachineFolder.Create();
        ConsoleLog? console = null;
        EmulatorProcess? emulator = null;
        try
        {
            await ThrowawayDisk.CreateAsync(host.Tools, options, folder, cancellationToken).ConfigureAwait(false);
            CopyVariables(host.Tools.Firmware, folder);
            console = CreateLog(options);
            var arguments = QemuCommandLine.Build(host, options, folder, console.Path);
            emulator = EmulatorProcess.Start(host.Tools, arguments, options.Console);
            var (monitor, channel) = await ConnectAsync(emulator, options, folder, cancellationToken).ConfigureAwait(false);
            return new(folder, emulator, console, monitor, channel);
        }
        catch
        {
            emulator?.Dispose();
            console?.DeleteUnlessKept();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the guest has written a text to the console, now or earlier.</summary>
    /// <param name="text">ASCII, without line ends.</param>
    /// <param name="deadline">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineException">It did not, or the machine failed.</exception>
    public Task WaitForConsoleTextAsync(string text, TimeSpan deadline, CancellationToken cancellationToken = default) =>
        _watch.WaitAsync(
            $"Waiting for '{text}' on the console", deadline,
            async token => { await Console.WaitForTextAsync(text, token).ConfigureAwait(false); return true; },
            cancellationToken);

    /// <summary>Resets the machine, as its button does. What the guest has not written to its disk is lost.</summary>
    /// <exception cref="QmpException">QEMU is gone.</exception>
    public Task ResetAsync(CancellationToken cancellationToken = default) =>
        Monitor.ExecuteAsync("system_reset", cancellationToken: cancellationToken);

    /// <summary>Presses the power button and waits until the guest has powered off.</summary>
    /// <param name="deadline">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineException">It did not, or the machine failed.</exception>
    public async Task PowerOffAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        if (_emulator.Exited.IsCompleted)
        {
            return;
        }

        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(deadline);
        try
        {
            await Monitor.ExecuteAsync("system_powerdown", cancellationToken: source.Token).ConfigureAwait(false);
            var stopped = Monitor.WaitForEventAsync("SHUTDOWN", cancellationToken: source.Token);
            await Task.WhenAny(_emulator.Exited, stopped).WaitAsync(source.Token).ConfigureAwait(false);
        }
        catch (QmpException)
        {
            // QEMU ends the connection as it exits.
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw _watch.Fail(
                MachineFailure.DeadlinePassed, $"The guest did not power off within {deadline.TotalSeconds:0.#} s.", exception);
        }
    }

    /// <summary>Waits until QEMU has ended by itself.</summary>
    /// <param name="deadline">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>QEMU's exit code.</returns>
    /// <exception cref="MachineException">It did not.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _emulator.Exited.WaitAsync(deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw _watch.Fail(
                MachineFailure.DeadlinePassed, $"The machine did not end within {deadline.TotalSeconds:0.#} s.", exception);
        }
    }

    /// <summary>Ends QEMU if it still runs, and deletes what is not to be kept.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await QuitAsync().ConfigureAwait(false);
        _emulator.Dispose();
        if (_channel is not null)
        {
            await _channel.DisposeAsync().ConfigureAwait(false);
        }

        await _watch.DisposeAsync().ConfigureAwait(false);
        await Monitor.DisposeAsync().ConfigureAwait(false);
        Console.DeleteUnlessKept();
        _folder.Dispose();
    }

    /// <summary>Asks QEMU to quit: it puts a terminal's settings back, which it cannot do when it is killed.</summary>
    private async Task QuitAsync()
    {
        using var limit = new CancellationTokenSource(QuitLimit);
        try
        {
            await Monitor.ExecuteAsync("quit", cancellationToken: limit.Token).ConfigureAwait(false);
            await _emulator.Exited.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is QmpException or OperationCanceledException or ObjectDisposedException)
        {
            // Killed, then.
        }
    }

    private static void CopyVariables(Firmware firmware, MachineFolder folder)
    {
        var copy = folder.PathOf(MachineFiles.Variables);
        File.Copy(firmware.Variables, copy);
        // The template may be read-only, and its copy would be too.
        File.SetAttributes(copy, FileAttributes.Normal);
    }

    private static ConsoleLog CreateLog(MachineOptions options)
    {
        var directory = Directory.CreateDirectory(options.LogDirectory ?? Path.GetTempPath()).FullName;
        var path = Path.Combine(directory, $"compose-console-{Path.GetRandomFileName()[..8]}.log");
        File.Create(path).Dispose();
        return new(path, options.KeepConsoleLog);
    }

    private static async Task<(QmpClient Monitor, GuestChannel? Channel)> ConnectAsync(
        EmulatorProcess emulator, MachineOptions options, MachineFolder folder, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StartDeadline);
        QmpClient? monitor = null;
        try
        {
            var stream = await ConnectAsync(emulator, folder.PathOf(MachineFiles.QmpSocket), limit.Token).ConfigureAwait(false);
            monitor = await QmpClient.ConnectAsync(stream, limit.Token).ConfigureAwait(false);
            return options.GuestAgent
                ? (monitor, new(
                    await ConnectAsync(emulator, folder.PathOf(MachineFiles.AgentSocket), limit.Token).ConfigureAwait(false),
                    options.OutputLimit))
                : (monitor, null);
        }
        catch (Exception exception)
        {
            if (monitor is not null)
            {
                await monitor.DisposeAsync().ConfigureAwait(false);
            }

            switch (exception)
            {
                case OperationCanceledException when !cancellationToken.IsCancellationRequested:
                    throw Refused($"QEMU does not answer within {options.StartDeadline.TotalSeconds:0.#} s.", exception);
                case IOException or QmpException or SocketException:
                    throw Refused($"QEMU ends at its start: {await EndAsync(emulator).ConfigureAwait(false)}", exception);
                default:
                    throw;
            }
        }
    }

    private static async Task<NetworkStream> ConnectAsync(EmulatorProcess emulator, string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
                return new(socket, ownsSocket: true);
            }
            catch (SocketException) when (!emulator.Exited.IsCompleted)
            {
                // QEMU has not made the socket yet.
                socket.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static async Task<string> EndAsync(EmulatorProcess emulator)
    {
        await Task.WhenAny(emulator.Exited, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false);
        return emulator.ErrorText.Trim();
    }

    private static DiagnosticException Refused(string message, Exception inner) =>
        new(MachineDiagnostics.EmulatorRefused.Create(message), inner);
}
