using System.Globalization;
using Compose.Benchmarks.Measuring;
using Compose.Benchmarks.Packers;
using Compose.Benchmarks.Trees;

namespace Compose.Benchmarks.Cases;

/// <summary>What the cases of one run share.</summary>
/// <param name="folders">Where things are.</param>
/// <param name="tools">The tools.</param>
/// <param name="trees">The trees.</param>
/// <param name="log">Told of each run.</param>
/// <param name="threads">How many threads every tool may use.</param>
internal sealed class BenchmarkSession(Folders folders, Toolbox tools, TreeCollection trees, ProgressLog log, int threads)
{
    private readonly Dictionary<(string Tree, string Setting, string Tool), Series> _known = [];

    /// <summary>Where things are.</summary>
    public Folders Folders => folders;

    /// <summary>The tools.</summary>
    public Toolbox Tools => tools;

    /// <summary>How many threads every tool may use.</summary>
    public int Threads => threads;

    /// <summary>A codec at a level on the session's threads.</summary>
    public PackSettings Settings(string codec, int? level = null) => new(codec, level, threads);

    /// <summary>A tree, with all its bytes in the page cache.</summary>
    public async Task<BenchmarkTree> WarmTreeAsync(string name, CancellationToken cancellationToken)
    {
        var tree = await trees.GetAsync(name, cancellationToken).ConfigureAwait(false);
        tree.WarmUp(cancellationToken);
        return tree;
    }

    /// <summary>What an earlier case measured; null when none did.</summary>
    public Series? Known(string tree, string setting, string tool) => _known.GetValueOrDefault((tree, setting, tool));

    /// <summary>Runs programs in turn, so that what else the machine does hits all of them alike.</summary>
    /// <returns>A series for each, in their order.</returns>
    public async Task<IReadOnlyList<Series>> RunInTurnAsync(
        string tree, IReadOnlyList<Contender> contenders, CancellationToken cancellationToken)
    {
        var samples = contenders.Select(_ => new List<Sample>()).ToArray();
        for (var run = 0; run < contenders.Max(contender => contender.Runs); run++)
        {
            for (var i = 0; i < contenders.Count; i++)
            {
                if (run < contenders[i].Runs)
                {
                    samples[i].Add(await RunAsync(tree, contenders[i], run, cancellationToken).ConfigureAwait(false));
                }
            }
        }

        var series = contenders.Zip(samples, (contender, list) => new Series(contender.Tool, contender.Setting, list)).ToArray();
        foreach (var one in series)
        {
            _known[(tree, one.Setting, one.Tool)] = one;
        }

        return series;
    }

    private async Task<Sample> RunAsync(string tree, Contender contender, int run, CancellationToken cancellationToken)
    {
        Delete(contender.Output);
        contender.Prepare?.Invoke();
        try
        {
            var sample = await MeasuredProcess.RunAsync(contender.Command, contender.Output, folders.Output, cancellationToken).ConfigureAwait(false);
            log.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{tree}, {contender.Setting}, {contender.Tool}, run {run + 1} of {contender.Runs}: {sample.WallSeconds:0.00} s ({sample.ProcessorSeconds:0.00} s of processors), {sample.OutputBytes / 1e6:0.00} MB, peak {sample.PeakBytes / 1e6:0} MB"));
            return sample;
        }
        finally
        {
            Delete(contender.Output);
        }
    }

    private static void Delete(string? output)
    {
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }
        else if (output is not null)
        {
            File.Delete(output);
        }
    }
}
