using System.Text.Json.Serialization;
using Compose.FileTrees;

namespace Compose.Packages.Locking;

/// <summary>A container image in a lock file.</summary>
public sealed record LockedImage
{
    /// <summary>The image as the project names it, with <c>{version}</c> where it has that.</summary>
    public required string Name { get; init; }

    /// <summary>The tag that was asked for in a layout; null for none, and for an image of a registry.</summary>
    public string? Tag { get; init; }

    /// <summary>The version or range that was asked for; null for none.</summary>
    public string? Requested { get; init; }

    /// <summary>The version that was taken; null when none is asked for.</summary>
    public string? Version { get; init; }

    /// <summary>The platform, for instance <c>linux/amd64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>Where it was found: its name in the registry with the tag, or a path relative to the project.</summary>
    public required string Source { get; init; }

    /// <summary>The digest that the name stood for, of an index or of the manifest: <c>sha256:</c> and hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>The platform's manifest.</summary>
    public required LockedBlob Manifest { get; init; }

    /// <summary>The configuration.</summary>
    public required LockedBlob Config { get; init; }

    /// <summary>The layers, the lowest first.</summary>
    public required IReadOnlyList<LockedBlob> Layers { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Source;

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        _ = LockedBlob.ParseDigest(Digest);
        Manifest.Check();
        Config.Check();
        foreach (var layer in Layers)
        {
            (layer ?? throw new FormatException($"The image '{Name}' has a null layer.")).Check();
        }
    }
}

/// <summary>A part of a container image in a lock file.</summary>
/// <param name="Digest">The digest of its bytes, as registries write it: <c>sha256:</c> and hexadecimal digits.</param>
/// <param name="Size">The size in bytes.</param>
public sealed record LockedBlob(string Digest, long Size)
{
    private const string Prefix = "sha256:";

    /// <summary>The digest.</summary>
    [JsonIgnore]
    public Sha256Digest Sha256 => ParseDigest(Digest);

    internal static LockedBlob Of(Sha256Digest digest, long size) => new(Prefix + digest, size);

    /// <exception cref="FormatException">It is not a SHA-256.</exception>
    internal static Sha256Digest ParseDigest(string text) => text.StartsWith(Prefix, StringComparison.Ordinal)
        ? Sha256Digest.Parse(text[Prefix.Length..])
        : throw new FormatException($"'{text}' is not a SHA-256 digest.");

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        _ = Sha256;
        if (Size < 0)
        {
            throw new FormatException($"'{Digest}' has a negative size.");
        }
    }
}
