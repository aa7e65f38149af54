using Compose.Diagnostics;

namespace Compose.Tool;

/// <summary>What can be wrong with the use of the compose command.</summary>
public static class ToolDiagnostics
{
    /// <summary>A project makes no image.</summary>
    public static readonly DiagnosticDescriptor BadImageProject =
        new("COMPOSE9101", DiagnosticSeverity.Error, "A project does not say where its image is");

    /// <summary>What is to be packed is missing or of a kind that cannot be packed.</summary>
    public static readonly DiagnosticDescriptor BadInput =
        new("COMPOSE9102", DiagnosticSeverity.Error, "The input cannot be packed");

    /// <summary>The image cannot be put where it shall be.</summary>
    public static readonly DiagnosticDescriptor BadOutput =
        new("COMPOSE9103", DiagnosticSeverity.Error, "The image cannot be written");

    /// <summary>Extended attributes were left out.</summary>
    public static readonly DiagnosticDescriptor AttributesLeftOut =
        new("COMPOSE9104", DiagnosticSeverity.Warning, "Extended attributes are left out");

    /// <summary>An image or folder is missing or cannot be read.</summary>
    public static readonly DiagnosticDescriptor UnreadableArtifact =
        new("COMPOSE9110", DiagnosticSeverity.Error, "An image cannot be read");

    /// <summary>Files cannot be extracted to where they shall be.</summary>
    public static readonly DiagnosticDescriptor CannotExtract =
        new("COMPOSE9111", DiagnosticSeverity.Error, "Files cannot be extracted");

    /// <summary>Parts of files were left out, as only root can make them.</summary>
    public static readonly DiagnosticDescriptor LeftOut =
        new("COMPOSE9112", DiagnosticSeverity.Warning, "Owners and other properties are left out");

    /// <summary>What is asked for is not in the image, or is there more than once.</summary>
    public static readonly DiagnosticDescriptor NothingToExtract =
        new("COMPOSE9113", DiagnosticSeverity.Error, "There is nothing to extract");

    /// <summary>A certificate's file cannot be read.</summary>
    public static readonly DiagnosticDescriptor BadCertificate =
        new("COMPOSE9114", DiagnosticSeverity.Error, "A certificate cannot be used");

    /// <summary>What a command line names is no project of Compose.</summary>
    public static readonly DiagnosticDescriptor BadProject =
        new("COMPOSE9106", DiagnosticSeverity.Error, "There is no project to work on");

    /// <summary>Projects cannot be restored for a command.</summary>
    public static readonly DiagnosticDescriptor RestoreFailed =
        new("COMPOSE9107", DiagnosticSeverity.Error, "The projects cannot be restored");

    /// <summary>A file or a folder cannot be read or written.</summary>
    public static readonly DiagnosticDescriptor FileAccess =
        new("COMPOSE9105", DiagnosticSeverity.Error, "A file cannot be read or written by the command");
}
