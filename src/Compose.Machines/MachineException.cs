namespace Compose.Machines;

/// <summary>What went wrong with a running machine.</summary>
public enum MachineFailure
{
    /// <summary>Something did not happen in the time that it was given.</summary>
    DeadlinePassed,

    /// <summary>The guest's kernel panicked.</summary>
    GuestPanicked,

    /// <summary>QEMU ended while something was expected of the guest.</summary>
    EmulatorEnded,

    /// <summary>The guest, or its agent, started anew while it ran a command.</summary>
    GuestRestarted,

    /// <summary>A command ended with an exit code other than zero.</summary>
    CommandFailed,

    /// <summary>A unit failed, or is not there.</summary>
    UnitFailed,
}

/// <summary>A machine that started did not do what was expected. The message ends with the console's last lines.</summary>
public sealed class MachineException : Exception
{
    internal MachineException(
        MachineFailure failure,
        string message,
        string? consoleLogPath,
        IReadOnlyList<string> consoleTail,
        Exception? inner = null)
        : base(Compose(message, consoleLogPath, consoleTail), inner)
    {
        Failure = failure;
        ConsoleLogPath = consoleLogPath;
        ConsoleTail = consoleTail;
    }

    /// <summary>What went wrong.</summary>
    public MachineFailure Failure { get; }

    /// <summary>The kept log of the serial console; null when the failure was not a machine's, as in <see cref="GuestCommandResult.EnsureSuccess"/>.</summary>
    public string? ConsoleLogPath { get; }

    /// <summary>The console's last lines when the failure was noticed.</summary>
    public IReadOnlyList<string> ConsoleTail { get; }

    private static string Compose(string message, string? path, IReadOnlyList<string> tail) =>
        path is null ? message
        : tail.Count == 0 ? $"{message}\nThe console is empty; its log is {path}."
        : $"{message}\nThe console's log is {path}; it ends with:\n{string.Join('\n', tail)}";
}
