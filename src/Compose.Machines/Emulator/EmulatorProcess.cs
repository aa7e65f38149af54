using System.Diagnostics;
using System.Runtime.InteropServices;
using Compose.Diagnostics;

namespace Compose.Machines.Emulator;

/// <summary>A QEMU that does not outlive this process, however this process ends.</summary>
internal sealed class EmulatorProcess : IDisposable
{
    private const int KeptErrorLines = 40;

    private readonly Process _process;
    private readonly Queue<string> _errorLines = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> _signals = [];
    private readonly EventHandler _killAtExit;

    private EmulatorProcess(ProcessStartInfo start)
    {
        _process = new() { StartInfo = start };
        _process.ErrorDataReceived += (_, line) => AddErrorLine(line.Data);
        _killAtExit = (_, _) => Kill();
    }

    /// <summary>The process.</summary>
    public int Id { get; private set; }

    /// <summary>Ends with QEMU, with its exit code; a signal counts as 128 and its number.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>The last lines that QEMU wrote to standard error; empty if that is the terminal.</summary>
    public string ErrorText
    {
        get
        {
            lock (_errorLines)
            {
                return string.Join('\n', _errorLines);
            }
        }
    }

    /// <summary>Starts QEMU.</summary>
    /// <param name="tools">Where it is.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="console">With <see cref="ConsoleMode.Terminal"/> it shares this process's terminal.</param>
    /// <exception cref="DiagnosticException">It cannot be run at all (COMPOSE5006).</exception>
    public static EmulatorProcess Start(QemuTools tools, IReadOnlyList<string> arguments, ConsoleMode console)
    {
        var ownStreams = console == ConsoleMode.Log;
        var start = new ProcessStartInfo(tools.PrivilegeTool ?? tools.Emulator)
        {
            RedirectStandardInput = ownStreams,
            RedirectStandardOutput = ownStreams,
            RedirectStandardError = ownStreams,
        };
        if (tools.PrivilegeTool is not null)
        {
            // The kernel ends QEMU when the thread that started it ends, and so when this process does. On a terminal
            // QEMU gets the chance to put the terminal's settings back.
            start.ArgumentList.Add("--pdeathsig");
            start.ArgumentList.Add(ownStreams ? "KILL" : "TERM");
            start.ArgumentList.Add(tools.Emulator);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var emulator = new EmulatorProcess(start);
        if (tools.PrivilegeTool is null)
        {
            emulator.KillWithThisProcess();
        }

        emulator.StartOnOwnThread(ownStreams);
        return emulator;
    }

    /// <summary>Ends QEMU at once. Does nothing if it has ended.</summary>
    public void Kill()
    {
        if (_exited.Task.IsCompleted)
        {
            return;
        }

        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }
    }

    /// <summary>Ends QEMU at once and waits until it is gone.</summary>
    public void Dispose()
    {
        Kill();
        _ = _exited.Task.Wait(TimeSpan.FromSeconds(10));
        AppDomain.CurrentDomain.ProcessExit -= _killAtExit;
        _signals.ForEach(signal => signal.Dispose());
    }

    private void StartOnOwnThread(bool ownStreams)
    {
        // Threads of the pool come and go, and the kernel's promise hangs on the thread: so QEMU has one of its own.
        var started = new TaskCompletionSource();
        new Thread(() => Run(ownStreams, started)) { IsBackground = true, Name = "QEMU" }.Start();
        try
        {
            started.Task.GetAwaiter().GetResult();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new DiagnosticException(
                MachineDiagnostics.EmulatorRefused.Create($"QEMU cannot be run: {exception.Message}"), exception);
        }
    }

    private void Run(bool ownStreams, TaskCompletionSource started)
    {
        try
        {
            _process.Start();
        }
        catch (Exception exception)
        {
            _exited.SetResult(-1);
            started.SetException(exception);
            return;
        }

        Id = _process.Id;
        if (ownStreams)
        {
            _process.StandardInput.Close();
            _process.BeginErrorReadLine();
            _process.BeginOutputReadLine();
        }

        started.SetResult();
        _process.WaitForExit();
        _exited.SetResult(_process.ExitCode);
    }

    private void KillWithThisProcess()
    {
        AppDomain.CurrentDomain.ProcessExit += _killAtExit;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, _ => Kill()));
        }
    }

    private void AddErrorLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_errorLines)
        {
            if (_errorLines.Count == KeptErrorLines)
            {
                _errorLines.Dequeue();
            }

            _errorLines.Enqueue(line);
        }
    }
}
