using Compose.SquashFs;
using Spectre.Console;

namespace Compose.Tool.Pack;

/// <summary>A bar on the terminal's error stream, with the speed and the time that is left. It goes when the work ends.</summary>
internal sealed class TerminalProgress : IPackProgress
{
    private readonly ProgressContext _context;
    private ProgressTask? _reading;
    private ProgressTask? _packing;

    private TerminalProgress(ProgressContext context) => _context = context;

    /// <summary>Does work with a bar below it.</summary>
    public static T Run<T>(Func<IPackProgress, T> work) => ProgressBars.Run(context => work(new TerminalProgress(context)));

    /// <inheritdoc/>
    public void Report(long value)
    {
        _reading ??= _context.AddTask("Reading").IsIndeterminate();
        _reading.MaxValue = value;
        _reading.Value = value;
    }

    /// <inheritdoc/>
    public void Report(SquashFsProgress value)
    {
        _reading?.StopTask();
        _packing ??= _context.AddTask("Packing", maxValue: value.BytesTotal);
        _packing.Value = value.BytesDone;
    }
}
