using Compose.Diagnostics;

namespace Compose.Images.Torcx;

/// <summary>What can be wrong with a torcx archive, and what its conversion has to tell.</summary>
public static class TorcxDiagnostics
{
    /// <summary>It has no manifest, or one that cannot be followed.</summary>
    public static readonly DiagnosticDescriptor BadArchive =
        new("COMPOSE1079", DiagnosticSeverity.Error, "A torcx archive cannot be converted");

    /// <summary>It holds files that its manifest does not name.</summary>
    public static readonly DiagnosticDescriptor UnnamedFiles =
        new("COMPOSE2030", DiagnosticSeverity.Message, "A torcx archive holds files that its manifest does not name");

    /// <summary>A unit uses something of torcx that an extension does not have.</summary>
    public static readonly DiagnosticDescriptor LeftOverVariable =
        new("COMPOSE2031", DiagnosticSeverity.Warning, "A unit still needs torcx");
}
