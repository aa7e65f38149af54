using System.Text.Json.Serialization;
using Compose.FileTrees;

namespace Compose.Packages.Locking;

/// <summary>An archive in a lock file.</summary>
public sealed record LockedArchive
{
    /// <summary>The address or path as the project names it, with <c>{version}</c> where it has that, without user and password.</summary>
    public required string Name { get; init; }

    /// <summary>The version or range that was asked for; null for none.</summary>
    public string? Requested { get; init; }

    /// <summary>The version that was taken; null when none is asked for.</summary>
    public string? Version { get; init; }

    /// <summary>Where it was found, without user and password: an address, or a path relative to the project.</summary>
    public required string Source { get; init; }

    /// <summary>The SHA-256 of its bytes, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The entity tag that its server gave (RFC 9110, 8.8.3); null for none.</summary>
    [JsonPropertyName("etag")]
    public string? EntityTag { get; init; }

    /// <summary>The address of the signature that was checked, as the project names it; null for none.</summary>
    public string? Signature { get; init; }

    /// <summary>The address of the checksums that were checked, as the project names it; null for none.</summary>
    public string? Checksums { get; init; }

    /// <summary>The address of the checksums' signature that was checked, as the project names it; null for none.</summary>
    public string? ChecksumsSignature { get; init; }

    /// <summary>The digest.</summary>
    [JsonIgnore]
    public Sha256Digest Digest => Sha256Digest.Parse(Sha256);

    /// <inheritdoc/>
    public override string ToString() => Source;

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        _ = Digest;
        if (Size < 0)
        {
            throw new FormatException($"The archive '{Name}' has a negative size.");
        }
    }
}
