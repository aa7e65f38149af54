using System.Text.Json.Serialization;
using Compose.FileTrees;
using NuGet.Versioning;

namespace Compose.Packages.Locking;

/// <summary>A NuGet package in a lock file.</summary>
public sealed record LockedNuGetPackage
{
    /// <summary>The identifier as the project writes it.</summary>
    public required string Name { get; init; }

    /// <summary>The version or range that was asked for.</summary>
    public required string Requested { get; init; }

    /// <summary>The version that was taken, in its normal form.</summary>
    public required string Version { get; init; }

    /// <summary>The SHA-256 of the package's file, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The size of the package's file in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The digest.</summary>
    [JsonIgnore]
    public Sha256Digest Digest => Sha256Digest.Parse(Sha256);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Version}";

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        _ = Digest;
        if (Size < 0)
        {
            throw new FormatException($"The NuGet package '{Name}' has a negative size.");
        }

        if (!NuGetVersion.TryParse(Version, out var version) || version.ToNormalizedString() != Version)
        {
            throw new FormatException($"The NuGet package '{Name}' has the version '{Version}', which is none.");
        }
    }
}
