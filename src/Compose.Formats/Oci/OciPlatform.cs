using System.Diagnostics.CodeAnalysis;

namespace Compose.Formats.Oci;

/// <summary>What an image runs on, in the words of the Go language: <c>linux/amd64</c>, <c>linux/arm/v7</c>.</summary>
/// <param name="Os">The operating system.</param>
/// <param name="Architecture">The architecture.</param>
/// <param name="Variant">The architecture's variant; null for its usual one.</param>
public sealed record OciPlatform(string Os, string Architecture, string? Variant = null)
{
    /// <summary>Reads <c>os/architecture</c> or <c>os/architecture/variant</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out OciPlatform? platform)
    {
        var parts = text.Split('/');
        platform = parts.Length is 2 or 3 && Array.TrueForAll(parts, IsName)
            ? new OciPlatform(parts[0], parts[1], parts.ElementAtOrDefault(2)).Normalized()
            : null;
        return platform is not null;
    }

    /// <summary>Whether an image for <paramref name="other"/> runs on this one.</summary>
    public bool Accepts(OciPlatform other)
    {
        var normalized = other.Normalized();
        return Os == normalized.Os && Architecture == normalized.Architecture && (Variant is null || normalized.Variant is null || Variant == normalized.Variant);
    }

    /// <inheritdoc/>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";

    /// <summary>The one variant of a 64-bit architecture that images name goes without saying.</summary>
    private OciPlatform Normalized() => (Architecture, Variant) is ("arm64", "v8") or ("amd64", "v1") or (_, "") ? this with { Variant = null } : this;

    private static bool IsName(string text) => text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
