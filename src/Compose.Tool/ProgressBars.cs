using Spectre.Console;

namespace Compose.Tool;

/// <summary>Bars on the terminal's error stream, with the speed and the time that is left.</summary>
internal static class ProgressBars
{
    /// <summary>Does work with bars below it. They go when it ends.</summary>
    public static T Run<T>(Func<ProgressContext, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new DownloadedColumn { Base = FileSizeBase.Decimal },
                new TransferSpeedColumn { Base = FileSizeBase.Decimal },
                new RemainingTimeColumn())
            .Start(work);
    }
}
