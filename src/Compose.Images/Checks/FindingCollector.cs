using Compose.Diagnostics;

namespace Compose.Images.Checks;

/// <summary>Keeps what a check finds until it is done.</summary>
internal sealed class FindingCollector : IDiagnosticReporter
{
    private readonly List<Diagnostic> _findings = [];
    private readonly Lock _lock = new();

    /// <summary>What was found, in the order in which it was reported.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic)
    {
        lock (_lock)
        {
            _findings.Add(diagnostic);
        }
    }
}
