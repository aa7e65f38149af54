using Compose.Diagnostics;

namespace Compose.Images.Tests;

/// <summary>Keeps what was reported.</summary>
internal sealed class RecordingReporter : IDiagnosticReporter
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public IEnumerable<string> Codes => _diagnostics.Select(diagnostic => diagnostic.Descriptor.Code);

    public void Report(Diagnostic diagnostic) => _diagnostics.Add(diagnostic);

    /// <summary>The only diagnostic of a kind.</summary>
    public Diagnostic Single(DiagnosticDescriptor descriptor) =>
        Assert.Single(_diagnostics, diagnostic => diagnostic.Descriptor.Code == descriptor.Code);
}
