using System.Security.Cryptography;
using System.Text.Json.Serialization;
using NuGet.Versioning;

namespace Compose.Packages.Locking;

/// <summary>A .NET application in a lock file: what NuGet restored for it, such as the runtime that is published with it.</summary>
public sealed record LockedApplication
{
    /// <summary>The path of its project from the lock file's folder, with slashes.</summary>
    public required string Project { get; init; }

    /// <summary>
    /// The packages of the project, of the libraries that it uses and of their builds, and of the .NET SDK, sorted by name and
    /// version.
    /// </summary>
    public required IReadOnlyList<LockedApplicationPackage> Packages { get; init; }

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        foreach (var package in Packages)
        {
            (package ?? throw new FormatException($"The application '{Project}' has a null among its packages.")).Check();
        }
    }
}

/// <summary>A NuGet package of an application. NuGet keeps it, and the content store has no copy; an offline source has one.</summary>
public sealed record LockedApplicationPackage
{
    /// <summary>The identifier.</summary>
    public required string Name { get; init; }

    /// <summary>The version, in its normal form.</summary>
    public required string Version { get; init; }

    /// <summary>NuGet's digest of the contents, a SHA-512 in base 64; null where NuGet has none, as in a folder of expanded packages.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sha512 { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Version}";

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        // It becomes a part of paths.
        if (Name.Length == 0 || Name[0] == '.' || !Name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            throw new FormatException($"The name of the NuGet package '{Name}' is none.");
        }

        if (!NuGetVersion.TryParse(Version, out _))
        {
            throw new FormatException($"The NuGet package '{Name}' has the version '{Version}', which is none.");
        }

        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        if (Sha512 is not null && !(Convert.TryFromBase64String(Sha512, digest, out var length) && length == digest.Length))
        {
            throw new FormatException($"The NuGet package '{Name}' has the SHA-512 '{Sha512}', which is none.");
        }
    }
}
