using Spectre.Console;

namespace Compose.Tool.Cache;

/// <summary>A bar on the terminal's error stream while a store is verified. In a pipe there is none.</summary>
internal sealed class CacheProgress : IProgress<(long Done, long Total)>
{
    private readonly ProgressTask _task;

    private CacheProgress(ProgressTask task) => _task = task;

    /// <summary>Does work with a bar below it.</summary>
    public static T Run<T>(Func<IProgress<(long Done, long Total)>?, T> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work(null);
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new DownloadedColumn { Base = FileSizeBase.Decimal },
                new TransferSpeedColumn { Base = FileSizeBase.Decimal })
            .Start(context => work(new CacheProgress(context.AddTask("Verifying"))));
    }

    /// <inheritdoc/>
    public void Report((long Done, long Total) value)
    {
        _task.MaxValue = value.Total;
        _task.Value = value.Done;
    }
}
