using System.Text;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Compose.FileTrees.HostFiles;

namespace Compose.Benchmarks.Inner;

/// <summary>Runs the inner loops by BenchmarkDotNet.</summary>
internal static class InnerLoops
{
    private static readonly Type[] s_loops = [typeof(DirectoryEncoding), typeof(MetadataWriting), typeof(Hashing)];

    /// <summary>Runs those whose classes' names hold a text, and writes one table.</summary>
    /// <returns>Whether all could be measured.</returns>
    /// <exception cref="BenchmarkException">The filter fits none, or openssl, which verity is compared with, cannot be run.</exception>
    public static async Task<bool> RunAsync(Folders folders, string? filter, CancellationToken cancellationToken)
    {
        var loops = s_loops.Where(loop => filter is null || loop.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (loops.Length == 0)
        {
            throw new BenchmarkException($"No inner loop is named like '{filter}'. There are {string.Join(", ", s_loops.Select(loop => loop.Name))}.");
        }

        // In this process: the project that BenchmarkDotNet would make and build does not know this repository's layout.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(10))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .WithOptions(ConfigOptions.JoinSummary)
            .WithArtifactsPath(Path.Combine(folders.Work, "inner"));
        var isComparedWithOpenSsl = loops.Contains(typeof(Hashing));
        OpenSslSpeed[] openSsl = isComparedWithOpenSsl ? [await OpenSslSpeed.MeasureAsync(cancellationToken).ConfigureAwait(false)] : [];
        var summary = BenchmarkRunner.Run(loops, config).Single();
        openSsl = isComparedWithOpenSsl ? [.. openSsl, await OpenSslSpeed.MeasureAsync(cancellationToken).ConfigureAwait(false)] : [];
        var path = Path.Combine(folders.Results, "inner-loops.md");
        AtomicFile.WriteWhenDifferent(path, Encoding.UTF8.GetBytes(Write(summary, openSsl)));
        Console.WriteLine($"Wrote {path}");
        return !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success);
    }

    private static string Write(Summary summary, OpenSslSpeed[] openSsl)
    {
        var logger = new AccumulationLogger();
        MarkdownExporter.GitHub.ExportToLog(summary, logger);
        return $"# Inner loops, {DateTime.UtcNow:yyyy-MM-dd}\n\n{logger.GetLog().Trim().ReplaceLineEndings("\n")}\n{VerityComparison.Write(summary, openSsl)}";
    }
}
