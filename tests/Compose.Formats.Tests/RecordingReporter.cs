using Compose.Diagnostics;

namespace Compose.Formats.Tests;

/// <summary>Keeps what was reported.</summary>
internal sealed class RecordingReporter : IDiagnosticReporter
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<string> Codes => [.. _diagnostics.Select(diagnostic => diagnostic.Descriptor.Code)];

    public string Messages => string.Join('\n', _diagnostics);

    public void Report(Diagnostic diagnostic)
    {
        lock (_diagnostics)
        {
            _diagnostics.Add(diagnostic);
        }
    }
}
