using Compose.Images.Artifacts;
using Spectre.Console;

namespace Compose.Tool.Artifacts;

/// <summary>A bar on the terminal's error stream for each piece of work. They go when the work ends.</summary>
internal sealed class ArtifactProgressBar : IProgress<ArtifactProgress>
{
    private readonly Lock _gate = new();
    private readonly ProgressContext _context;
    private readonly Dictionary<string, ProgressTask> _tasks = [];

    private ArtifactProgressBar(ProgressContext context) => _context = context;

    /// <summary>Does work with bars below it.</summary>
    public static T Run<T>(Func<IProgress<ArtifactProgress>, T> work) => ProgressBars.Run(context => work(new ArtifactProgressBar(context)));

    /// <inheritdoc/>
    public void Report(ArtifactProgress value)
    {
        lock (_gate)
        {
            if (!_tasks.TryGetValue(value.Work, out var task))
            {
                task = _context.AddTask(Markup.Escape(TreeName(value.Work)), maxValue: Math.Max(1, value.BytesTotal));
                _tasks.Add(value.Work, task);
            }

            // Threads report in any order.
            task.Value = Math.Max(task.Value, value.BytesDone);
        }
    }

    /// <summary>A partition's name may be a stranger's.</summary>
    private static string TreeName(string work) => string.Concat(work.Select(c => char.IsControl(c) ? '?' : c));
}
