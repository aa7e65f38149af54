using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Oci;

/// <summary>A manifest or an index.</summary>
/// <param name="Digest">The SHA-256 of its bytes.</param>
/// <param name="Size">The number of its bytes.</param>
public abstract record OciDocument(Sha256Digest Digest, long Size);

/// <summary>One image: its configuration and its layers, the lowest first.</summary>
/// <param name="Digest">The SHA-256 of the manifest.</param>
/// <param name="Size">The manifest's size in bytes.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Layers">The layers.</param>
public sealed record OciManifest(Sha256Digest Digest, long Size, OciDescriptor Config, IReadOnlyList<OciDescriptor> Layers)
    : OciDocument(Digest, Size);

/// <summary>A list of images, for instance one for each platform.</summary>
/// <param name="Digest">The SHA-256 of the index.</param>
/// <param name="Size">The index's size in bytes.</param>
/// <param name="Manifests">The images, and further indexes.</param>
public sealed record OciIndex(Sha256Digest Digest, long Size, IReadOnlyList<OciDescriptor> Manifests) : OciDocument(Digest, Size)
{
    /// <summary>The first image that is made for a platform; one that says no platform only when it is the only one.</summary>
    /// <param name="platform">What is wanted.</param>
    /// <param name="image">The image's name for messages.</param>
    /// <exception cref="DiagnosticException">There is none.</exception>
    public OciDescriptor Select(OciPlatform platform, string image)
    {
        // The exact variant, if named, comes before an image that leaves it open.
        var match = Manifests.FirstOrDefault(manifest => manifest.Platform is { } other && platform.Accepts(other) && other.Variant == platform.Variant)
            ?? Manifests.FirstOrDefault(manifest => manifest.Platform is { } other && platform.Accepts(other))
            ?? (Manifests is [{ Platform: null } only] ? only : null);
        if (match is not null)
        {
            return match;
        }

        var offered = Manifests.Select(manifest => manifest.Platform?.ToString() ?? "an unnamed platform").Distinct();
        throw new DiagnosticException(OciDiagnostics.NoPlatform.Create(
            $"'{image}' has no image for {platform}; it has {(Manifests.Count == 0 ? "none" : string.Join(", ", offered))}. "
            + "Set the item's Platform to one of them, or choose another image.", image));
    }
}

/// <summary>What matters of an image's configuration.</summary>
/// <param name="Platform">What the image runs on; null when it does not say.</param>
/// <param name="DiffIds">The SHA-256 of each layer before compression, the lowest first.</param>
public sealed record OciImageConfig(OciPlatform? Platform, IReadOnlyList<Sha256Digest> DiffIds);
