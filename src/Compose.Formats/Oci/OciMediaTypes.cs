namespace Compose.Formats.Oci;

/// <summary>
/// The media types of images (OCI Image Format Specification 1.1, "Media Types"; Docker Image Manifest Version 2, Schema 2).
/// </summary>
public static class OciMediaTypes
{
    /// <summary>An OCI manifest.</summary>
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An OCI index.</summary>
    public const string Index = "application/vnd.oci.image.index.v1+json";

    /// <summary>A Docker manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>A Docker manifest list: an index.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>What is said of bytes of which nothing is known: what they are, they show themselves.</summary>
    public const string Unknown = "application/octet-stream";

    private const string DockerSchema1 = "application/vnd.docker.distribution.manifest.v1+";

    private static readonly string[] s_configs =
    [
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    ];

    private static readonly string[] s_layers =
    [
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.diff.tar.zstd",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ];

    /// <summary>What a registry is asked for, the most wanted first.</summary>
    public static IReadOnlyList<string> Accepted { get; } = [Index, DockerManifestList, Manifest, DockerManifest];

    /// <summary>Whether it is an index or a manifest list.</summary>
    public static bool IsIndex(string mediaType) => mediaType is Index or DockerManifestList;

    /// <summary>Whether it is a manifest of one image.</summary>
    public static bool IsManifest(string mediaType) => mediaType is Manifest or DockerManifest;

    /// <summary>Whether it is a manifest of Docker's first schema, whose digests cannot be checked.</summary>
    public static bool IsSchema1(string mediaType) => mediaType.StartsWith(DockerSchema1, StringComparison.Ordinal);

    /// <summary>Whether it is an image's configuration.</summary>
    public static bool IsConfig(string mediaType) => s_configs.Contains(mediaType, StringComparer.Ordinal);

    /// <summary>Whether it is a layer of files.</summary>
    public static bool IsLayer(string mediaType) => s_layers.Contains(mediaType, StringComparer.Ordinal);
}
