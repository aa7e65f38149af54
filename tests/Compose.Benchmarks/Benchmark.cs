using System.Diagnostics;
using Compose.Benchmarks.Cases;
using Compose.Benchmarks.Packers;
using Compose.Benchmarks.Reports;
using Compose.Benchmarks.Trees;

namespace Compose.Benchmarks;

/// <summary>What to run.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>How much is run.</summary>
    public required Profile Profile { get; init; }

    /// <summary>How often every case is run; null for what the profile says.</summary>
    public int? Runs { get; init; }

    /// <summary>Only cases whose names hold this text; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>How many threads every tool may use.</summary>
    public required int Threads { get; init; }

    /// <summary>The compose command; null for the one that the Benchmark target publishes.</summary>
    public string? Compose { get; init; }

    /// <summary>Whether these are the figures that the repository keeps: all targets, with the profile's runs.</summary>
    public bool IsComplete => Profile != Profile.Quick && Filter is null && Runs is null;

    /// <summary>The cases and how often each is run.</summary>
    public IReadOnlyList<(BenchmarkCase Case, int Runs)> Cases =>
    [
        .. CaseCatalog.All
            .Where(one => Filter is null || one.Name.Contains(Filter, StringComparison.OrdinalIgnoreCase))
            .Select(one => (one, one.Runs.For(Profile)))
            .Where(one => one.Item2 > 0)
            .Select(one => (one.one, Runs ?? one.Item2)),
    ];
}

/// <summary>Runs the cases and writes the report. What is cut short leaves none.</summary>
internal sealed class Benchmark(Folders folders, BenchmarkOptions options, ProgressLog log)
{
    /// <summary>Runs.</summary>
    /// <returns>Whether every case could be measured.</returns>
    /// <exception cref="BenchmarkException">Nothing can be measured.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var cases = options.Cases;
        if (cases.Count == 0)
        {
            throw new BenchmarkException($"No case of the profile is named like '{options.Filter}'. --list shows all.");
        }

        var clock = Stopwatch.StartNew();
        var tools = await Toolbox.FindAsync(folders, options.Compose, log, cancellationToken).ConfigureAwait(false);
        var trees = new TreeCollection(folders, log);
        var session = new BenchmarkSession(folders, tools, trees, log, options.Threads);
        var results = new List<CaseResult>();
        try
        {
            for (var i = 0; i < cases.Count; i++)
            {
                log.Say($"Case {i + 1} of {cases.Count} after {clock.Elapsed:h\\:mm\\:ss}: {cases[i].Case.Name}");
                results.Add(await RunCaseAsync(session, cases[i].Case, cases[i].Runs, cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            Directory.Delete(folders.EmptyOutput());
        }

        var report = new BenchmarkReport(
            DateOnly.FromDateTime(DateTime.UtcNow), options.Profile, clock.Elapsed, MachineDescription.Read(folders.Work), tools, [.. trees.Made], results);
        log.Say($"Wrote {report.Write(folders.Results)}");
        return results.TrueForAll(result => result.Failure is null);
    }

    /// <summary>One case that fails does not cost the others' figures.</summary>
    private async Task<CaseResult> RunCaseAsync(BenchmarkSession session, BenchmarkCase one, int runs, CancellationToken cancellationToken)
    {
        try
        {
            var result = await one.RunAsync(session, runs, cancellationToken).ConfigureAwait(false);
            foreach (var target in result.Targets)
            {
                log.Say(FormattableString.Invariant($"  {target.Measure}: {target.Value:0.000} {target.Unit} of at most {target.Limit:0.000}: {(target.IsMet ? "met" : "missed")}"));
            }

            return result;
        }
        catch (Exception e) when (e is BenchmarkException or DiagnosticException or IOException)
        {
            log.Say($"{one.Name} could not be measured. {e.Message}");
            return new CaseResult(one.Name, string.Empty, [], [], e.Message);
        }
    }
}
