using Compose.FileTrees;
using Compose.Formats.Tar;

namespace Compose.Packages.Inputs.Archives;

/// <summary>An archive that a project asks for.</summary>
public sealed record ArchiveRequest
{
    /// <summary>The most bytes that an archive may have unless its project says otherwise: 4 GiB.</summary>
    public const long DefaultMaximumSize = 4L << 30;

    /// <summary>An http, https or file address, or a path relative to the project; it may hold <c>{version}</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The project's folder, an absolute path: where relative paths begin.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>A version, or a NuGet range in brackets or with a star; null for none.</summary>
    public string? Version { get; init; }

    /// <summary>Where the versions that exist are listed: a page, a text or a folder; null for nowhere.</summary>
    public string? VersionsUrl { get; init; }

    /// <summary>The digest that the project knows; null when it is taken from the first restore.</summary>
    public Sha256Digest? Sha256 { get; init; }

    /// <summary>The address of a detached OpenPGP signature; null for none.</summary>
    public string? SignatureUrl { get; init; }

    /// <summary>The address of a list of SHA-256 checksums; null for none.</summary>
    public string? ChecksumsUrl { get; init; }

    /// <summary>The address of a detached OpenPGP signature of that list; null for none.</summary>
    public string? ChecksumsSignatureUrl { get; init; }

    /// <summary>The absolute paths of the files of keys that may sign.</summary>
    public IReadOnlyList<string> KeyFiles { get; init; } = [];

    /// <summary>The most bytes that the archive may have.</summary>
    public long MaximumSize { get; init; } = DefaultMaximumSize;

    /// <summary>How much it may unpack to.</summary>
    public ArchiveLimits Limits { get; init; } = ArchiveLimits.Default;

    /// <summary>The name in the lock file and in messages: the source without user and password.</summary>
    public string Name => Credentials.Remove(Source);

    /// <summary>A failure as one of this archive: it is shown at its item, unless it says itself what it is about.</summary>
    internal DiagnosticException Failed(DiagnosticException failure) =>
        failure.Diagnostic.Item is null ? new DiagnosticException(failure.Diagnostic with { Item = Source }, failure) : failure;
}
