using Compose.Diagnostics;

namespace Compose.Tasks.Diagnostics;

/// <summary>What can be wrong with the use of the SDK. Those up to 9008 are reported by the SDK's targets.</summary>
public static class TaskDiagnostics
{
    /// <summary>A project is of no kind that the SDK builds.</summary>
    public static readonly DiagnosticDescriptor UnknownKind =
        new("COMPOSE9001", DiagnosticSeverity.Error, "The project's kind is not known");

    /// <summary>A reference is to something else than a Compose project or a .NET application.</summary>
    public static readonly DiagnosticDescriptor ForeignReference =
        new("COMPOSE9002", DiagnosticSeverity.Error, "A reference is to no project that can be taken in");

    /// <summary>A project of this kind cannot have this reference.</summary>
    public static readonly DiagnosticDescriptor WrongReference =
        new("COMPOSE9003", DiagnosticSeverity.Error, "A project of this kind cannot be referenced here");

    /// <summary>An extension or an image is for no base system.</summary>
    public static readonly DiagnosticDescriptor NoBase =
        new("COMPOSE9004", DiagnosticSeverity.Error, "A project has no base system");

    /// <summary>An extension or an image is for several base systems.</summary>
    public static readonly DiagnosticDescriptor SeveralBases =
        new("COMPOSE9005", DiagnosticSeverity.Error, "A project has more than one base system");

    /// <summary>A project has no repository for its packages, or one that lacks something.</summary>
    public static readonly DiagnosticDescriptor NoRepository =
        new("COMPOSE9006", DiagnosticSeverity.Error, "A project needs a Debian repository");

    /// <summary>A folder cannot be published.</summary>
    public static readonly DiagnosticDescriptor DirectoryPublished =
        new("COMPOSE9007", DiagnosticSeverity.Error, "A directory cannot be published");

    /// <summary>There is nothing to boot.</summary>
    public static readonly DiagnosticDescriptor NoImageToBoot =
        new("COMPOSE9008", DiagnosticSeverity.Error, "There is no disk image to boot");

    /// <summary>A property or a metadatum has a value that it cannot have.</summary>
    public static readonly DiagnosticDescriptor BadProperty =
        new("COMPOSE9009", DiagnosticSeverity.Error, "A property's value is not allowed");

    /// <summary>A file or a folder cannot be read or written.</summary>
    public static readonly DiagnosticDescriptor FileAccess =
        new("COMPOSE9010", DiagnosticSeverity.Error, "A file cannot be read or written");

    /// <summary>An extension that is a folder cannot become a file of an image.</summary>
    public static readonly DiagnosticDescriptor DirectoryEmbedded =
        new("COMPOSE9011", DiagnosticSeverity.Error, "A directory cannot be embedded in an image");

    /// <summary>An include is a pattern for paths in an image, which MSBuild takes for one of the build host's.</summary>
    public static readonly DiagnosticDescriptor WildcardInclude =
        new("COMPOSE9012", DiagnosticSeverity.Error, "An Include has a wildcard");

    /// <summary>A .NET project that is referenced cannot run in an image.</summary>
    public static readonly DiagnosticDescriptor UnsuitableApplication =
        new("COMPOSE9013", DiagnosticSeverity.Error, "A referenced .NET project cannot be taken into an image");

    /// <summary>An extension's project stands in the folder of an application that it references.</summary>
    public static readonly DiagnosticDescriptor ExtensionInApplication =
        new("COMPOSE9017", DiagnosticSeverity.Warning, "An extension's project stands in the folder of its application");

    /// <summary>A Diagnostic item has a code, a severity or a path that cannot be used.</summary>
    public static readonly DiagnosticDescriptor BadSeverity =
        new("COMPOSE9014", DiagnosticSeverity.Error, "A Diagnostic item cannot be understood");

    /// <summary>A Diagnostic item changes nothing.</summary>
    public static readonly DiagnosticDescriptor UnusedSeverity =
        new("COMPOSE9015", DiagnosticSeverity.Warning, "A Diagnostic item is about nothing that was found");

    /// <summary>A Diagnostic item would lower an error that ended the work.</summary>
    public static readonly DiagnosticDescriptor RefusedSeverity =
        new("COMPOSE9016", DiagnosticSeverity.Warning, "An error cannot be lowered");
}
