using Compose.Diagnostics;

namespace Compose.Tool;

/// <summary>What can be wrong with the use of the compose command.</summary>
public static class ToolDiagnostics
{
    /// <summary>A project makes no image.</summary>
    public static readonly DiagnosticDescriptor BadImageProject =
        new("COMPOSE9101", DiagnosticSeverity.Error, "A project does not say where its image is");
}
