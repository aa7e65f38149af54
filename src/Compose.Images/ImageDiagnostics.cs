using Compose.Diagnostics;

namespace Compose.Images;

/// <summary>What can be wrong with an extension, a base system or a disk image.</summary>
public static class ImageDiagnostics
{
    /// <summary>An extension holds something that would not be merged.</summary>
    public static readonly DiagnosticDescriptor OutsideUsrAndOpt =
        new("COMPOSE2001", DiagnosticSeverity.Warning, "Content outside /usr and /opt");

    /// <summary>An extension turns a symbolic link of the base into a directory, or the reverse.</summary>
    public static readonly DiagnosticDescriptor DirectoryOverSymlink =
        new("COMPOSE2002", DiagnosticSeverity.Error, "A directory stands where another tree has a symbolic link");

    /// <summary>Two extensions that are merged together hold the same path.</summary>
    public static readonly DiagnosticDescriptor PathInTwoExtensions =
        new("COMPOSE2003", DiagnosticSeverity.Warning, "The same path in two extensions");

    /// <summary>A maintainer script was left out.</summary>
    public static readonly DiagnosticDescriptor ScriptNotRun =
        new("COMPOSE2004", DiagnosticSeverity.Message, "A maintainer script was not run");

    /// <summary>A unit is named that no tree holds.</summary>
    public static readonly DiagnosticDescriptor UnitNotFound =
        new("COMPOSE2005", DiagnosticSeverity.Error, "A unit is not in the tree");

    /// <summary>Two packages or other inputs of one project hold different things at one path.</summary>
    public static readonly DiagnosticDescriptor PathInTwoInputs =
        new("COMPOSE2006", DiagnosticSeverity.Warning, "The same path in two inputs");

    /// <summary>An extension hides a file of the base.</summary>
    public static readonly DiagnosticDescriptor HidesBaseFile =
        new("COMPOSE2007", DiagnosticSeverity.Warning, "A file of the base is hidden");

    /// <summary>An extension holds os-release, which systemd-sysext refuses.</summary>
    public static readonly DiagnosticDescriptor OsReleaseInExtension =
        new("COMPOSE2008", DiagnosticSeverity.Error, "An extension holds os-release");

    /// <summary>A value cannot stand in a release file, a unit or a path.</summary>
    public static readonly DiagnosticDescriptor BadValue =
        new("COMPOSE2009", DiagnosticSeverity.Error, "A value is not allowed");

    /// <summary>An extension would hold nothing.</summary>
    public static readonly DiagnosticDescriptor EmptyExtension =
        new("COMPOSE2010", DiagnosticSeverity.Error, "An extension is empty");

    /// <summary>Parts of a base system do not fit together.</summary>
    public static readonly DiagnosticDescriptor TreeConflict =
        new("COMPOSE3001", DiagnosticSeverity.Error, "Files cannot be composed into one tree");

    /// <summary>A base system lacks something that it cannot boot without.</summary>
    public static readonly DiagnosticDescriptor MissingInBase =
        new("COMPOSE3002", DiagnosticSeverity.Error, "The base system lacks a part");

    /// <summary>Contents are larger than their partition.</summary>
    public static readonly DiagnosticDescriptor PartitionTooSmall =
        new("COMPOSE3003", DiagnosticSeverity.Error, "A partition is too small");

    /// <summary>Two extensions of one image have one name.</summary>
    public static readonly DiagnosticDescriptor DuplicateExtension =
        new("COMPOSE3004", DiagnosticSeverity.Error, "An extension is embedded twice");

    /// <summary>An extension of an image would not be merged on its base.</summary>
    public static readonly DiagnosticDescriptor IncompatibleExtension =
        new("COMPOSE3005", DiagnosticSeverity.Error, "An extension does not fit the base");
}
