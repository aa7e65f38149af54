using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Cases;

/// <summary>A measure and the limit that it is to keep.</summary>
/// <param name="Measure">What was measured, in words.</param>
/// <param name="Value">The value, in <paramref name="Unit"/>.</param>
/// <param name="Limit">The largest value that meets the target.</param>
/// <param name="Unit">The unit; empty for ratios.</param>
/// <param name="Runs">The medians are of this many runs.</param>
internal sealed record Target(string Measure, double Value, double Limit, string Unit, int Runs)
{
    /// <summary>Whether the value keeps the limit.</summary>
    public bool IsMet => Value <= Limit;
}

/// <summary>What a case gave.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="Tree">The tree's name.</param>
/// <param name="Series">The runs, by tool and setting. The first is ours and the second what it is compared with.</param>
/// <param name="Targets">The targets.</param>
/// <param name="Failure">Why the case came to no end; null when it did.</param>
internal sealed record CaseResult(
    string Case, string Tree, IReadOnlyList<Series> Series, IReadOnlyList<Target> Targets, string? Failure = null)
{
    /// <summary>Whether the series are one tool at many levels, to be shown as a table of their own.</summary>
    public bool IsLevelTable { get; init; }
}
