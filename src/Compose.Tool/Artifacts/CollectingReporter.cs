using Compose.Diagnostics;

namespace Compose.Tool.Artifacts;

/// <summary>Keeps findings until the work is done, each once: a line among a bar's would be lost.</summary>
internal sealed class CollectingReporter : IDiagnosticReporter
{
    private readonly Lock _gate = new();
    private readonly HashSet<(string Code, string Message)> _known = [];
    private readonly List<Diagnostic> _diagnostics = [];

    /// <summary>The findings in the order in which they came.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    /// <summary>Whether there are errors.</summary>
    public bool HasErrors => _diagnostics.Exists(diagnostic => diagnostic.Descriptor.Severity == DiagnosticSeverity.Error);

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic)
    {
        lock (_gate)
        {
            if (_known.Add((diagnostic.Descriptor.Code, diagnostic.Message)))
            {
                _diagnostics.Add(diagnostic);
            }
        }
    }

    /// <summary>Shows the findings on the error stream.</summary>
    public void Show()
    {
        var console = new ConsoleReporter();
        foreach (var diagnostic in _diagnostics)
        {
            console.Report(diagnostic);
        }
    }
}
