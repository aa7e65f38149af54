using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Cases;

/// <summary>One of the programs whose runs take turns.</summary>
/// <param name="Tool">Its name in tables.</param>
/// <param name="Setting">What it does.</param>
/// <param name="Command">The command.</param>
/// <param name="Output">The file or folder that it writes, which is deleted after each run; null for none.</param>
/// <param name="Runs">How often it is run.</param>
internal sealed record Contender(string Tool, string Setting, Invocation Command, string? Output, int Runs)
{
    /// <summary>What is done before each run and not measured.</summary>
    public Action? Prepare { get; init; }
}
