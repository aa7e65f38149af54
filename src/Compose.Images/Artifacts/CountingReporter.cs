using Compose.Diagnostics;

namespace Compose.Images.Artifacts;

/// <summary>Passes findings on, and counts those that are errors.</summary>
internal sealed class CountingReporter(IDiagnosticReporter inner) : IDiagnosticReporter
{
    private int _errors;

    public int Errors => Volatile.Read(ref _errors);

    public void Report(Diagnostic diagnostic)
    {
        if (diagnostic.Descriptor.Severity == DiagnosticSeverity.Error)
        {
            Interlocked.Increment(ref _errors);
        }

        inner.Report(diagnostic);
    }
}
