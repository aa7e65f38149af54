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

    /// <summary>Two extensions that are merged together carry different versions of one package.</summary>
    public static readonly DiagnosticDescriptor VersionsDiffer =
        new("COMPOSE2015", DiagnosticSeverity.Warning, "Two extensions carry different versions of one package");

    /// <summary>Two extensions that are merged together carry the same package.</summary>
    public static readonly DiagnosticDescriptor CarriedTwice =
        new("COMPOSE2016", DiagnosticSeverity.Warning, "Two extensions carry the same package");

    /// <summary>An extension was built on another that is not merged with it.</summary>
    public static readonly DiagnosticDescriptor NeededExtensionMissing =
        new("COMPOSE2017", DiagnosticSeverity.Error, "An extension that another needs is not there");

    /// <summary>An extension would not be merged on the base that it is built for.</summary>
    public static readonly DiagnosticDescriptor NotForItsBase =
        new("COMPOSE2018", DiagnosticSeverity.Warning, "An extension is for another base than its own");

    /// <summary>A symbolic link leads above the root, where it stays on a host and does not elsewhere.</summary>
    public static readonly DiagnosticDescriptor LinkAboveRoot =
        new("COMPOSE2019", DiagnosticSeverity.Message, "A symbolic link climbs above the root");

    /// <summary>An extension's release file is missing, or would not be found by its image's name.</summary>
    public static readonly DiagnosticDescriptor WrongExtensionRelease =
        new("COMPOSE2020", DiagnosticSeverity.Error, "An extension's release file does not fit its image");

    /// <summary>An entry of an extension means to overlayfs that lower layers are hidden.</summary>
    public static readonly DiagnosticDescriptor HidesLowerLayers =
        new("COMPOSE2021", DiagnosticSeverity.Error, "An extension hides what others hold");

    /// <summary>A mark of a container's layer is left in an extension, without effect.</summary>
    public static readonly DiagnosticDescriptor LayerLeftover =
        new("COMPOSE2022", DiagnosticSeverity.Warning, "A mark of a container's layer is left over");

    /// <summary>A directory of an extension has another mode or owner than that of the base.</summary>
    public static readonly DiagnosticDescriptor DirectoryMetadataDiffers =
        new("COMPOSE2023", DiagnosticSeverity.Warning, "An extension changes a directory's mode or owner");

    /// <summary>Files belong to a user or group that nothing makes.</summary>
    public static readonly DiagnosticDescriptor UnknownOwner =
        new("COMPOSE2024", DiagnosticSeverity.Warning, "Files belong to a user that nothing makes");

    /// <summary>A program is setuid or setgid, or has capabilities.</summary>
    public static readonly DiagnosticDescriptor PrivilegedProgram =
        new("COMPOSE2025", DiagnosticSeverity.Warning, "A program gives rights to who starts it");

    /// <summary>Every user may write a file or directory.</summary>
    public static readonly DiagnosticDescriptor WorldWritable =
        new("COMPOSE2026", DiagnosticSeverity.Warning, "Every user may write a file");

    /// <summary>An extension holds a device, a pipe or a socket.</summary>
    public static readonly DiagnosticDescriptor SpecialFile =
        new("COMPOSE2027", DiagnosticSeverity.Warning, "An extension holds a device, pipe or socket");

    /// <summary>A file names a folder of the build host.</summary>
    public static readonly DiagnosticDescriptor NamesBuildFolder =
        new("COMPOSE2028", DiagnosticSeverity.Warning, "A file names a folder of the build host");

    /// <summary>An extension holds files of depmod, which hide the base's.</summary>
    public static readonly DiagnosticDescriptor ModuleIndexInExtension =
        new("COMPOSE2029", DiagnosticSeverity.Warning, "An extension hides the base's index of kernel modules");

    /// <summary>Kernel modules are for a kernel that the base does not have.</summary>
    public static readonly DiagnosticDescriptor ModulesOfOtherKernel =
        new("COMPOSE2032", DiagnosticSeverity.Warning, "Kernel modules are for another kernel than the base's");

    /// <summary>An extension holds a package manager's database.</summary>
    public static readonly DiagnosticDescriptor PackageDatabase =
        new("COMPOSE2033", DiagnosticSeverity.Warning, "An extension holds a package manager's database");

    /// <summary>The base reads sysusers.d or tmpfiles.d only before extensions are merged.</summary>
    public static readonly DiagnosticDescriptor DeclaredTooLate =
        new("COMPOSE2034", DiagnosticSeverity.Warning, "The base does not read what an extension declares");

    /// <summary>A symbolic link leads to nothing.</summary>
    public static readonly DiagnosticDescriptor DanglingLink =
        new("COMPOSE2035", DiagnosticSeverity.Warning, "A symbolic link leads to nothing");

    /// <summary>The base uses SELinux, and the extension has no labels.</summary>
    public static readonly DiagnosticDescriptor NoSecurityLabels =
        new("COMPOSE2036", DiagnosticSeverity.Message, "Files have no labels for SELinux");

    /// <summary>An extension has a folder in the read-only /usr that programs write to.</summary>
    public static readonly DiagnosticDescriptor StateInReadOnlyFolder =
        new("COMPOSE2037", DiagnosticSeverity.Warning, "A folder for state is read-only");

    /// <summary>A name has bytes that are not UTF-8.</summary>
    public static readonly DiagnosticDescriptor NameNotUtf8 =
        new("COMPOSE2038", DiagnosticSeverity.Warning, "A file name is not UTF-8");

    /// <summary>Two names of one directory differ in case only.</summary>
    public static readonly DiagnosticDescriptor NamesDifferInCase =
        new("COMPOSE2039", DiagnosticSeverity.Message, "Two names differ in case only");

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

    /// <summary>The runtime of a .NET program, or the ICU that it opens, is in no tree.</summary>
    public static readonly DiagnosticDescriptor DotnetRuntimeNotFound =
        new("COMPOSE2046", DiagnosticSeverity.Warning, "What a .NET program runs on is missing");

    /// <summary>A line of a unit is not one that systemd can read.</summary>
    public static readonly DiagnosticDescriptor UnitSyntax =
        new("COMPOSE2050", DiagnosticSeverity.Warning, "A unit has a line that systemd cannot read");

    /// <summary>A file or folder stands where units are, and has a name that systemd passes over.</summary>
    public static readonly DiagnosticDescriptor NoUnitName =
        new("COMPOSE2051", DiagnosticSeverity.Warning, "A file among units has no unit's name");

    /// <summary>A unit has a section or a setting that systemd ignores.</summary>
    public static readonly DiagnosticDescriptor UnknownInUnit =
        new("COMPOSE2052", DiagnosticSeverity.Warning, "A section or setting of a unit is not known");

    /// <summary>A unit runs a program that no tree has.</summary>
    public static readonly DiagnosticDescriptor ExecutableNotFound =
        new("COMPOSE2053", DiagnosticSeverity.Warning, "A unit runs a program that is not there");

    /// <summary>A unit would have to be enabled, which nothing does in an extension.</summary>
    public static readonly DiagnosticDescriptor NeverStarted =
        new("COMPOSE2054", DiagnosticSeverity.Warning, "Nothing starts a unit");

    /// <summary>A unit is added to what a target wants when that has been looked up.</summary>
    public static readonly DiagnosticDescriptor PulledInTooLate =
        new("COMPOSE2055", DiagnosticSeverity.Warning, "A unit is pulled in by a target that is already on its way");

    /// <summary>A unit or a tmpfiles.d rule names a user or group that nothing makes.</summary>
    public static readonly DiagnosticDescriptor UnknownAccount =
        new("COMPOSE2056", DiagnosticSeverity.Warning, "A user or group is named that nothing makes");

    /// <summary>A unit is ordered before what runs before the extension is merged.</summary>
    public static readonly DiagnosticDescriptor OrderedBeforeMerge =
        new("COMPOSE2057", DiagnosticSeverity.Warning, "A unit is ordered before the extension is merged");

    /// <summary>systemd-analyze finds something in a unit.</summary>
    public static readonly DiagnosticDescriptor UnitNotVerified =
        new("COMPOSE2058", DiagnosticSeverity.Warning, "systemd-analyze objects to a unit");

    /// <summary>systemd-analyze could not be asked, or there are too many units for all checks.</summary>
    public static readonly DiagnosticDescriptor UnitsNotVerified =
        new("COMPOSE2059", DiagnosticSeverity.Message, "Not all checks of units were made");

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

    /// <summary>A folder that is published to has a list of checksums that is none.</summary>
    public static readonly DiagnosticDescriptor UnreadableChecksums =
        new("COMPOSE3006", DiagnosticSeverity.Error, "A list of checksums cannot be read");

    /// <summary>Machines ask for a signature of the checksums that were published, and there is none yet.</summary>
    public static readonly DiagnosticDescriptor UnsignedChecksums =
        new("COMPOSE3007", DiagnosticSeverity.Message, "The published checksums have to be signed");

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
