namespace Compose.Tool;

/// <summary>What the command's exit codes mean.</summary>
internal static class ExitCodes
{
    /// <summary>All was done.</summary>
    public const int Done = 0;

    /// <summary>The input or the output is at fault; a diagnostic says how.</summary>
    public const int Failed = 1;

    /// <summary>What was compared is different; of a command that compares.</summary>
    public const int Different = 1;

    /// <summary>The command line is at fault.</summary>
    public const int Usage = 2;

    /// <summary>What was to be compared cannot be read; of a command that compares, as diff(1) has it.</summary>
    public const int Trouble = 2;

    /// <summary>What a shell gives for a process that a signal ended: this and the signal's number.</summary>
    public const int SignalBase = 128;
}
