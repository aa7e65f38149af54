using Compose.Diagnostics;

namespace Compose.Formats.Tar;

/// <summary>What can be wrong with an archive.</summary>
public static class ArchiveDiagnostics
{
    /// <summary>It is damaged, truncated or not of its format.</summary>
    public static readonly DiagnosticDescriptor Malformed =
        new("COMPOSE1001", DiagnosticSeverity.Error, "An archive is damaged");

    /// <summary>An entry would be written outside of the tree or through a link.</summary>
    public static readonly DiagnosticDescriptor UnsafePath =
        new("COMPOSE1002", DiagnosticSeverity.Error, "An archive holds an unsafe path");

    /// <summary>It unpacks to more than is allowed.</summary>
    public static readonly DiagnosticDescriptor TooLarge =
        new("COMPOSE1003", DiagnosticSeverity.Error, "An archive is too large");

    /// <summary>Its entries contradict each other.</summary>
    public static readonly DiagnosticDescriptor Contradiction =
        new("COMPOSE1004", DiagnosticSeverity.Error, "An archive contradicts itself");

    /// <summary>It holds something that archives of this kind must not hold.</summary>
    public static readonly DiagnosticDescriptor NotAllowed =
        new("COMPOSE1005", DiagnosticSeverity.Error, "An archive holds something that is not allowed");
}
