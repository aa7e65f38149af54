namespace Compose.Benchmarks.Cases;

/// <summary>Something to measure.</summary>
/// <param name="Name">Its name, unique, by which it is chosen: the tree and what is done.</param>
/// <param name="Runs">How often it is run.</param>
internal abstract record BenchmarkCase(string Name, RunPlan Runs)
{
    /// <summary>Measures.</summary>
    /// <param name="session">Tools and trees.</param>
    /// <param name="runs">How often, at least once.</param>
    /// <param name="cancellationToken">Ends the work and the program that runs.</param>
    /// <exception cref="BenchmarkException">It could not be measured.</exception>
    public abstract Task<CaseResult> RunAsync(BenchmarkSession session, int runs, CancellationToken cancellationToken);
}
