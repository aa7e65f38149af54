using Compose.Benchmarks.Cases;
using Compose.Benchmarks.Packers;
using Compose.Benchmarks.Trees;
using Compose.FileTrees.HostFiles;

namespace Compose.Benchmarks.Reports;

/// <summary>A whole run and what its figures depend on.</summary>
/// <param name="Date">The day.</param>
/// <param name="Profile">How much was run.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Tools">The tools.</param>
/// <param name="Trees">The trees.</param>
/// <param name="Results">What the cases gave.</param>
internal sealed record BenchmarkReport(
    DateOnly Date,
    Profile Profile,
    TimeSpan Duration,
    MachineDescription Machine,
    Toolbox Tools,
    IReadOnlyList<BenchmarkTree> Trees,
    IReadOnlyList<CaseResult> Results)
{
    private const string PlotName = "seconds-over-size.svg";

    /// <summary>Writes the table and the plot.</summary>
    /// <returns>The table's path.</returns>
    public string Write(string directory)
    {
        var table = Path.Combine(directory, "README.md");
        AtomicFile.WriteWhenDifferent(Path.Combine(directory, PlotName), System.Text.Encoding.UTF8.GetBytes(SecondsOverSize.Draw(this)));
        AtomicFile.WriteWhenDifferent(table, System.Text.Encoding.UTF8.GetBytes(MarkdownTables.Write(this, PlotName)));
        return table;
    }
}
