using Compose.FileTrees;

namespace Compose.Formats.Oci;

/// <summary>A reference to a blob by its digest (OCI Image Format Specification, "Content Descriptors").</summary>
/// <param name="MediaType">What the blob is.</param>
/// <param name="Digest">The SHA-256 of its bytes.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record OciDescriptor(string MediaType, Sha256Digest Digest, long Size)
{
    /// <summary>What an image runs on, where an index says so.</summary>
    public OciPlatform? Platform { get; init; }

    /// <summary>The annotation <c>org.opencontainers.image.ref.name</c>: a tag, in the index of a layout.</summary>
    public string? ReferenceName { get; init; }

    /// <summary>The digest as manifests write it.</summary>
    public string DigestText => $"sha256:{Digest}";
}
