namespace Compose.Diagnostics;

/// <summary>How much a diagnostic matters.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Message,

    /// <summary>Probably a mistake; the output is made.</summary>
    Warning,

    /// <summary>The output cannot be made, or would not work.</summary>
    Error,
}

/// <summary>A kind of diagnostic. Each has a page under its code in <c>sdk/docs</c>.</summary>
/// <param name="Code"><c>COMPOSE</c> and four digits; never used again for something else.</param>
/// <param name="Severity">What it is reported as unless the project says otherwise.</param>
/// <param name="Title">What it is about, in a few words.</param>
public sealed record DiagnosticDescriptor(string Code, DiagnosticSeverity Severity, string Title)
{
    /// <summary>A diagnostic of this kind.</summary>
    /// <param name="message">What is wrong and what to do, in whole sentences.</param>
    /// <param name="item">The include of the project item that caused it, such as a package's or a unit's name.</param>
    /// <param name="traits">What tells that item from others with the same include.</param>
    public Diagnostic Create(string message, string? item = null, ItemTraits? traits = null) => new(this, message, item, traits);

    /// <summary>The same kind where it is worse than usual.</summary>
    public DiagnosticDescriptor AsError() => this with { Severity = DiagnosticSeverity.Error };

    /// <summary>The same kind where nothing is wrong.</summary>
    public DiagnosticDescriptor AsMessage() => this with { Severity = DiagnosticSeverity.Message };
}

/// <summary>One finding.</summary>
/// <param name="Descriptor">Its kind.</param>
/// <param name="Message">What is wrong and what to do, in whole sentences.</param>
/// <param name="Item">The include of the project item that caused it; the adapter finds file and line from it.</param>
/// <param name="Traits">What tells that item from others with the same include; null when nothing does.</param>
public sealed record Diagnostic(DiagnosticDescriptor Descriptor, string Message, string? Item = null, ItemTraits? Traits = null)
{
    /// <summary>The path in the image that it is about, with a leading slash; null when it is about no single one.</summary>
    public string? Path { get; init; }

    /// <summary>A file of the build host that has the mistake; null when it is the item, or one of an input.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The line of <see cref="SourceFile"/>, from 1; 0 for the whole file.</summary>
    public int SourceLine { get; init; }

    /// <summary>The code, severity and message on one line.</summary>
    public override string ToString() => $"{Descriptor.Code}: {Message}";
}

/// <summary>What tells a project item from others with the same include.</summary>
/// <param name="Type">The item's type, such as <c>Symlink</c>.</param>
/// <param name="Metadatum">The name of a metadatum that is not the same for all of them; null when the type is enough.</param>
/// <param name="Value">The metadatum's value.</param>
public sealed record ItemTraits(string Type, string? Metadatum = null, string? Value = null);

/// <summary>Takes findings. Adapters (MSBuild, the command line) decide how to show them.</summary>
public interface IDiagnosticReporter
{
    /// <summary>Takes one finding. Safe to call from several threads.</summary>
    void Report(Diagnostic diagnostic);

    /// <summary>
    /// Takes what a check found in something that can be made all the same. Only the severity of these errors can be lowered.
    /// An adapter may show findings as one that differ in their path only.
    /// </summary>
    void ReportFindings(IReadOnlyList<Diagnostic> findings)
    {
        foreach (var finding in findings)
        {
            Report(finding);
        }
    }
}

/// <summary>A finding that ends the work.</summary>
public sealed class DiagnosticException(Diagnostic diagnostic, Exception? inner = null)
    : Exception(diagnostic.ToString(), inner)
{
    /// <summary>The finding.</summary>
    public Diagnostic Diagnostic { get; } = diagnostic;
}
