namespace Compose.Benchmarks;

/// <summary>Tells the person in front of it what is going on, a line at a time.</summary>
internal sealed class ProgressLog : IDiagnosticReporter
{
    private readonly Lock _gate = new();

    /// <summary>Writes a line.</summary>
    public void Say(string line)
    {
        lock (_gate)
        {
            Console.WriteLine(line);
        }
    }

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic)
    {
        if (diagnostic.Descriptor.Severity != DiagnosticSeverity.Message)
        {
            Say(diagnostic.ToString());
        }
    }
}
