using Compose.Diagnostics;

namespace Compose.Tool;

/// <summary>Shows findings on the error stream.</summary>
internal sealed class ConsoleReporter : IDiagnosticReporter
{
    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic) =>
        Console.Error.WriteLine($"{diagnostic.Descriptor.Severity.ToString().ToLowerInvariant()} {diagnostic}");
}
