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

    /// <summary>Two items of a project declare the same thing.</summary>
    public static readonly DiagnosticDescriptor DeclaredTwice =
        new("COMPOSE2011", DiagnosticSeverity.Error, "Two items declare the same thing");

    /// <summary>A pattern of what to remove matches nothing.</summary>
    public static readonly DiagnosticDescriptor RemovesNothing =
        new("COMPOSE2012", DiagnosticSeverity.Warning, "A RemoveFile item removes nothing");

    /// <summary>Settings are for a unit that is nowhere.</summary>
    public static readonly DiagnosticDescriptor SettingsOfNoUnit =
        new("COMPOSE2013", DiagnosticSeverity.Warning, "Settings are for a unit that is in no tree");

    /// <summary>A file stands where the build makes one of the project's items.</summary>
    public static readonly DiagnosticDescriptor GeneratedFileExists =
        new("COMPOSE2014", DiagnosticSeverity.Error, "A file stands where one is generated");

    /// <summary>The dynamic linker of a program is in no tree.</summary>
    public static readonly DiagnosticDescriptor DynamicLinkerNotFound =
        new("COMPOSE2040", DiagnosticSeverity.Error, "A program's dynamic linker is missing");

    /// <summary>A library that a file needs is not found; an error where a program cannot start without it.</summary>
    public static readonly DiagnosticDescriptor LibraryNotFound =
        new("COMPOSE2041", DiagnosticSeverity.Warning, "A library that is needed is not found");

    /// <summary>A library lacks versions of symbols that a file needs; an error where a program cannot start without them.</summary>
    public static readonly DiagnosticDescriptor SymbolVersionNotFound =
        new("COMPOSE2042", DiagnosticSeverity.Warning, "A library is older than what needs it");

    /// <summary>A program or library is for another processor.</summary>
    public static readonly DiagnosticDescriptor OtherProcessor =
        new("COMPOSE2043", DiagnosticSeverity.Warning, "A program is for another processor");

    /// <summary>The interpreter of a script is in no tree.</summary>
    public static readonly DiagnosticDescriptor InterpreterNotFound =
        new("COMPOSE2044", DiagnosticSeverity.Warning, "A script's interpreter is missing");

    /// <summary>What a program or a library needs cannot be read or followed.</summary>
    public static readonly DiagnosticDescriptor UnreadableElf =
        new("COMPOSE2045", DiagnosticSeverity.Warning, "A program or library is damaged");

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

    /// <summary>A file of a key or a certificate cannot be used.</summary>
    public static readonly DiagnosticDescriptor UnusableKey =
        new("COMPOSE3010", DiagnosticSeverity.Error, "A key or a certificate cannot be used");

    /// <summary>A private key is not that of a certificate.</summary>
    public static readonly DiagnosticDescriptor KeyAndCertificateDiffer =
        new("COMPOSE3011", DiagnosticSeverity.Error, "A certificate does not belong to the key");

    /// <summary>A root hash was not signed, or not rightly.</summary>
    public static readonly DiagnosticDescriptor NotSigned =
        new("COMPOSE3012", DiagnosticSeverity.Error, "The root hash could not be signed");

    /// <summary>mkfs.erofs is missing or failed.</summary>
    public static readonly DiagnosticDescriptor NoErofs =
        new("COMPOSE3013", DiagnosticSeverity.Error, "An erofs image cannot be made");

    /// <summary>An extension's release file is missing, or would not be found by its image's name.</summary>
    public static readonly DiagnosticDescriptor WrongExtensionRelease =
        new("COMPOSE2020", DiagnosticSeverity.Error, "An extension's release file does not fit its image");

    /// <summary>What is opened is no image of a known kind.</summary>
    public static readonly DiagnosticDescriptor UnknownArtifact =
        new("COMPOSE3020", DiagnosticSeverity.Error, "The file is no image that is known");

    /// <summary>A file system that should be verified lacks its hashes or a root hash.</summary>
    public static readonly DiagnosticDescriptor NothingToVerify =
        new("COMPOSE3021", DiagnosticSeverity.Error, "A partition cannot be verified");

    /// <summary>Places that name the root hash of one partition name different ones.</summary>
    public static readonly DiagnosticDescriptor RootHashesDiffer =
        new("COMPOSE3022", DiagnosticSeverity.Error, "Root hashes do not agree");
}
