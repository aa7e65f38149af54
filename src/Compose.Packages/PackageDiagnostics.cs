namespace Compose.Packages;

/// <summary>What can be wrong with repositories, requests, the lock file and downloads.</summary>
public static class PackageDiagnostics
{
    /// <summary>No mirror is known.</summary>
    public static readonly DiagnosticDescriptor NoMirror =
        new("COMPOSE1010", DiagnosticSeverity.Error, "No Debian mirror is known");

    /// <summary>The mirror's address cannot be used.</summary>
    public static readonly DiagnosticDescriptor BadMirror =
        new("COMPOSE1011", DiagnosticSeverity.Error, "The mirror's address cannot be used");

    /// <summary>A file of trusted keys cannot be read.</summary>
    public static readonly DiagnosticDescriptor BadKeyFile =
        new("COMPOSE1020", DiagnosticSeverity.Error, "A key file cannot be used");

    /// <summary>The release file is not a clear-signed OpenPGP message.</summary>
    public static readonly DiagnosticDescriptor NotSigned =
        new("COMPOSE1021", DiagnosticSeverity.Error, "The release file is not signed");

    /// <summary>No trusted key signed the release file.</summary>
    public static readonly DiagnosticDescriptor UntrustedSigner =
        new("COMPOSE1022", DiagnosticSeverity.Error, "The release file is signed by no trusted key");

    /// <summary>A trusted key's signature does not fit the release file.</summary>
    public static readonly DiagnosticDescriptor BadSignature =
        new("COMPOSE1023", DiagnosticSeverity.Error, "The release file's signature is wrong");

    /// <summary>The signature or the key that made it is expired or revoked.</summary>
    public static readonly DiagnosticDescriptor ExpiredKey =
        new("COMPOSE1024", DiagnosticSeverity.Error, "The release file's signature or its key is no longer valid");

    /// <summary>The release file is from the future.</summary>
    public static readonly DiagnosticDescriptor ReleaseFromFuture =
        new("COMPOSE1025", DiagnosticSeverity.Error, "The release file is from the future");

    /// <summary>The release file's time has passed.</summary>
    public static readonly DiagnosticDescriptor ReleaseExpired =
        new("COMPOSE1026", DiagnosticSeverity.Error, "The release file has expired");

    /// <summary>The release file is another suite's.</summary>
    public static readonly DiagnosticDescriptor WrongSuite =
        new("COMPOSE1027", DiagnosticSeverity.Error, "The release file is another suite's");

    /// <summary>The release file lacks a field or an index, or cannot be parsed.</summary>
    public static readonly DiagnosticDescriptor BadRelease =
        new("COMPOSE1028", DiagnosticSeverity.Error, "The release file cannot be used");

    /// <summary>A package index cannot be parsed.</summary>
    public static readonly DiagnosticDescriptor BadIndex =
        new("COMPOSE1029", DiagnosticSeverity.Error, "A package index cannot be used");

    /// <summary>A request's version or architecture cannot be understood.</summary>
    public static readonly DiagnosticDescriptor BadRequest =
        new("COMPOSE1030", DiagnosticSeverity.Error, "A package request cannot be understood");

    /// <summary>No package satisfies a request or a dependency.</summary>
    public static readonly DiagnosticDescriptor NotFound =
        new("COMPOSE1031", DiagnosticSeverity.Error, "A package is not in the repository");

    /// <summary>Two packages exclude each other.</summary>
    public static readonly DiagnosticDescriptor Conflict =
        new("COMPOSE1032", DiagnosticSeverity.Error, "Packages conflict");

    /// <summary>A dependency asks for another version than the base or a referenced extension has.</summary>
    public static readonly DiagnosticDescriptor InstalledVersion =
        new("COMPOSE1033", DiagnosticSeverity.Error, "A package of the base has the wrong version");

    /// <summary>The lock file is missing.</summary>
    public static readonly DiagnosticDescriptor NoLockFile =
        new("COMPOSE1040", DiagnosticSeverity.Error, "The lock file is missing");

    /// <summary>The lock file does not fit the project.</summary>
    public static readonly DiagnosticDescriptor StaleLockFile =
        new("COMPOSE1041", DiagnosticSeverity.Error, "The lock file does not fit the project");

    /// <summary>The lock file cannot be read.</summary>
    public static readonly DiagnosticDescriptor BadLockFile =
        new("COMPOSE1042", DiagnosticSeverity.Error, "The lock file cannot be read");

    /// <summary>Locked mode and forced evaluation exclude each other.</summary>
    public static readonly DiagnosticDescriptor LockedAndForced =
        new("COMPOSE1043", DiagnosticSeverity.Error, "RestoreLockedMode and RestoreForceEvaluate exclude each other");

    /// <summary>A locked package is no longer on the mirror; it was resolved anew.</summary>
    public static readonly DiagnosticDescriptor LockedPackageGone =
        new("COMPOSE1044", DiagnosticSeverity.Warning, "A locked package is no longer on the mirror");

    /// <summary>A locked package is no longer on the mirror, in locked mode.</summary>
    public static readonly DiagnosticDescriptor LockedPackageGoneInLockedMode =
        new("COMPOSE1045", DiagnosticSeverity.Error, "A locked package is no longer on the mirror");

    /// <summary>A package or another input of the lock file is not in the content store.</summary>
    public static readonly DiagnosticDescriptor NotRestored =
        new("COMPOSE1046", DiagnosticSeverity.Error, "An input is not restored");

    /// <summary>The mirror cannot be reached, or the network may not be used.</summary>
    public static readonly DiagnosticDescriptor Offline =
        new("COMPOSE1050", DiagnosticSeverity.Error, "The mirror cannot be reached");

    /// <summary>The mirror answered with an error.</summary>
    public static readonly DiagnosticDescriptor DownloadFailed =
        new("COMPOSE1051", DiagnosticSeverity.Error, "A download failed");

    /// <summary>The mirror does not have a file.</summary>
    public static readonly DiagnosticDescriptor FileMissing =
        new("COMPOSE1052", DiagnosticSeverity.Error, "A file is not on the mirror");

    /// <summary>A file has other bytes than its checksum says.</summary>
    public static readonly DiagnosticDescriptor WrongHash =
        new("COMPOSE1053", DiagnosticSeverity.Error, "A downloaded file is not the one that was asked for");

    /// <summary>The release file is older than one that was accepted before.</summary>
    public static readonly DiagnosticDescriptor ReleaseDowngraded =
        new("COMPOSE1054", DiagnosticSeverity.Error, "The release file is older than one that was accepted before");

    /// <summary>An optional repository takes no part, as no mirror of it is known.</summary>
    public static readonly DiagnosticDescriptor RepositoryLeftOut =
        new("COMPOSE1055", DiagnosticSeverity.Warning, "An optional repository is left out");

    /// <summary>A locked package is of an optional repository of which no mirror is known.</summary>
    public static readonly DiagnosticDescriptor RepositoryMissing =
        new("COMPOSE1056", DiagnosticSeverity.Error, "A locked package is of a repository of which no mirror is known");

    /// <summary>Two repositories cannot be told apart.</summary>
    public static readonly DiagnosticDescriptor SameRepository =
        new("COMPOSE1057", DiagnosticSeverity.Error, "Two repositories cannot be told apart");

    /// <summary>A metadatum of an archive cannot be understood, or does not go with another.</summary>
    public static readonly DiagnosticDescriptor BadArchive =
        new("COMPOSE1060", DiagnosticSeverity.Error, "An archive's item cannot be understood");

    /// <summary>A range of versions is asked for, and nothing says which there are.</summary>
    public static readonly DiagnosticDescriptor NoVersionSource =
        new("COMPOSE1061", DiagnosticSeverity.Error, "It is not known which versions of an archive there are");

    /// <summary>No version is in the range.</summary>
    public static readonly DiagnosticDescriptor NoSuchVersion =
        new("COMPOSE1062", DiagnosticSeverity.Error, "No version of an archive fits");

    /// <summary>An archive's digest was taken from what was downloaded.</summary>
    public static readonly DiagnosticDescriptor TakenOnTrust =
        new("COMPOSE1063", DiagnosticSeverity.Message, "An archive is taken on trust");

    /// <summary>An archive has other bytes than the lock file or the project says.</summary>
    public static readonly DiagnosticDescriptor ArchiveChanged =
        new("COMPOSE1064", DiagnosticSeverity.Error, "An archive is not the one that was asked for");

    /// <summary>A trusted key's signature does not fit, or there is none.</summary>
    public static readonly DiagnosticDescriptor BadArchiveSignature =
        new("COMPOSE1065", DiagnosticSeverity.Error, "An archive's signature is wrong");

    /// <summary>No trusted key signed.</summary>
    public static readonly DiagnosticDescriptor UntrustedArchiveSigner =
        new("COMPOSE1066", DiagnosticSeverity.Error, "An archive is signed by no trusted key");

    /// <summary>The signature or its key is expired or revoked.</summary>
    public static readonly DiagnosticDescriptor ExpiredArchiveKey =
        new("COMPOSE1067", DiagnosticSeverity.Error, "An archive's signature or its key is no longer valid");

    /// <summary>A list of checksums does not name an archive, or names another one.</summary>
    public static readonly DiagnosticDescriptor BadArchiveChecksum =
        new("COMPOSE1068", DiagnosticSeverity.Error, "An archive does not fit its list of checksums");

    /// <summary>What is to be taken of an archive is not in it, or does not fit together.</summary>
    public static readonly DiagnosticDescriptor BadSelection =
        new("COMPOSE1069", DiagnosticSeverity.Error, "What is to be taken of an archive is not in it");

    /// <summary>A NuGetContent item cannot be used as it is written.</summary>
    public static readonly DiagnosticDescriptor BadNuGetItem =
        new("COMPOSE1080", DiagnosticSeverity.Error, "A NuGetContent item cannot be used");

    /// <summary>NuGet has not restored a package that it was asked for.</summary>
    public static readonly DiagnosticDescriptor NuGetPackageMissing =
        new("COMPOSE1081", DiagnosticSeverity.Error, "NuGet did not restore a package");

    /// <summary>A NuGet package has another digest than the lock file says.</summary>
    public static readonly DiagnosticDescriptor WrongNuGetPackage =
        new("COMPOSE1082", DiagnosticSeverity.Error, "A NuGet package is not the one that is locked");

    /// <summary>An input is not in the offline source.</summary>
    public static readonly DiagnosticDescriptor NotInOfflineSource =
        new("COMPOSE1090", DiagnosticSeverity.Error, "The offline source lacks an input");

    /// <summary>A file of the offline source is not what it says.</summary>
    public static readonly DiagnosticDescriptor OfflineFileDamaged =
        new("COMPOSE1091", DiagnosticSeverity.Error, "A file of the offline source is damaged");

    /// <summary>The offline source's folder or its index cannot be used.</summary>
    public static readonly DiagnosticDescriptor BadOfflineSource =
        new("COMPOSE1092", DiagnosticSeverity.Error, "The offline source cannot be used");
}
