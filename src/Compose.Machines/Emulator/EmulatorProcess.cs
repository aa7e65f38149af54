using System.Diagnostics;
using System.Runtime.InteropServices;
using Compose.Diagnostics;

namespace Compose.Machines.Emulator;

/// <summary>A QEMU that does not outlive this process, however this process ends.</summary>
internal sealed class EmulatorProcess : IDisposable
{
    private const int KeptErrorLines = 40;

    private readonly Process process;
    private readonly Queue<string> errorLines = new();
    private readonly TaskCompletionSource<int> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> signals = [];
    private readonly EventHandler killAtExit;

    private EmulatorProcess(ProcessStartInfo start)
    {
        process = new() { StartInfo = start };
        process.ErrorDataReceived += (_, line) => AddErrorLine(line.Data);
        killAtExit = (_, _) => Kill();
    }

    /// <summary>The process.</summary>
    public int Id { get; private set; }

    /// <summary>Ends with QEMU, with its exit code; a signal counts as 128 and its number.</summary>
    public Task<int> Exited => exited.Task;

    /// <summary>The last lines that QEMU wrote to standard error; empty if that is the terminal.</summary>
    public string ErrorText
    {
        get
        {
            lock (errorLines)
            {
                return string.Join('\n', errorLines);
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
        if (exited.Task.IsCompleted)
        {
            return;
        }

        try
        {
            process.Kill();
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
        _ = exited.Task.Wait(TimeSpan.FromSeconds(10));
        AppDomain.CurrentDomain.ProcessExit -= killAtExit;
        signals.ForEach(signal => signal.Dispose());
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
            process.Start();
        }
        catch (Exception exception)
        {
            exited.SetResult(-1);
            started.SetException(exception);
            return;
        }

        Id = process.Id;
        if (ownStreams)
        {
            process.StandardInput.Close();
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
        }

        started.SetResult();
        process.WaitForExit();
        exited.SetResult(process.ExitCode);
    }

    private void KillWithThisProcess()
    {
        AppDomain.CurrentDomain.ProcessExit += killAtExit;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
        {
            signals.Add(PosixSignalRegistration.Create(signal, _ => Kill()));
        }
    }

    private void AddErrorLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (errorLines)
        {
            if (errorLines.Count == KeptErrorLines)
            {
                errorLines.Dequeue();
            }

            errorLines.Enqueue(line);
        }
    }
}
