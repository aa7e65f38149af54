using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Oci;

/// <summary>
/// Reads manifests, indexes and configurations: OCI Image Format Specification 1.1, and Docker Image Manifest Version 2,
/// Schema 2. What comes from a stranger is read or refused with a diagnostic.
/// </summary>
public static class OciDocumentReader
{
    /// <summary>The most bytes of a document: what registries accept at most.</summary>
    public const int MaximumSize = 4 * 1024 * 1024;

    /// <summary>The most layers of an image.</summary>
    public const int MaximumLayers = 512;

    /// <summary>The most bytes of one layer as it is stored: 16 GiB.</summary>
    public const long MaximumLayerSize = 16L << 30;

    /// <summary>Reads a manifest or an index.</summary>
    /// <param name="json">The document's bytes.</param>
    /// <param name="mediaType">What whoever gave it says it is; null when nothing was said.</param>
    /// <param name="image">The image's name for messages.</param>
    /// <exception cref="DiagnosticException">It is malformed or of a kind that is not supported.</exception>
    public static OciDocument Read(ReadOnlySpan<byte> json, string? mediaType, string image)
    {
        if (mediaType is not null && OciMediaTypes.IsSchema1(mediaType))
        {
            throw Schema1(image);
        }

        var document = Parse(json, OciJson.Default.DocumentJson, "manifest", image);
        if (document.SchemaVersion == 1)
        {
            throw Schema1(image);
        }

        if (document.SchemaVersion is { } version and not 2)
        {
            throw Bad(image, $"the manifest has the schema version {version}, and only 2 is known");
        }

        var isIndex = document.Manifests is not null;
        if (isIndex == (document.Layers is not null || document.Config is not null))
        {
            throw Bad(image, isIndex
                ? "the document is both an index and a manifest"
                : "the document is neither an index nor a manifest");
        }

        CheckMediaType(document.MediaType, isIndex, image);
        CheckMediaType(IsGeneric(mediaType) ? null : mediaType, isIndex, image);
        return isIndex
            ? new OciIndex(Sha256Digest.Of(json), json.Length, [.. document.Manifests!.Select(manifest => Descriptor(manifest, "manifest", image))])
            : Manifest(json, document, image);
    }

    /// <summary>Reads an image's configuration.</summary>
    /// <param name="json">The configuration's bytes.</param>
    /// <param name="image">The image's name for messages.</param>
    /// <exception cref="DiagnosticException">It is malformed, or its layers have no digests.</exception>
    public static OciImageConfig ReadConfig(ReadOnlySpan<byte> json, string image)
    {
        var config = Parse(json, OciJson.Default.ConfigJson, "configuration", image);
        if (config.Rootfs is not { Type: "layers", DiffIds: { } diffIds })
        {
            throw Bad(image, "the configuration does not name the digests of the layers (rootfs.diff_ids)");
        }

        var platform = string.IsNullOrEmpty(config.Os) || string.IsNullOrEmpty(config.Architecture)
            ? null
            : new OciPlatform(config.Os, config.Architecture, string.IsNullOrEmpty(config.Variant) ? null : config.Variant);
        return new OciImageConfig(platform, [.. diffIds.Select(text => Digest(text, image))]);
    }

    internal static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string what, string image)
        where T : class
    {
        if (json.Length > MaximumSize)
        {
            throw Bad(image, $"the {what} is larger than the {MaximumSize} bytes that are allowed");
        }

        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw Bad(image, $"the {what} is a null");
        }
        catch (JsonException e)
        {
            throw Bad(image, $"the {what} is malformed at line {e.LineNumber + 1} ({e.Path})", e);
        }
    }

    internal static DiagnosticException Bad(string image, string reason, Exception? inner = null) =>
        new(OciDiagnostics.BadManifest.Create($"'{image}' cannot be used: {reason}.", image), inner);

    /// <summary>A stranger's text for a message: no longer than a line, and without control characters.</summary>
    private static string Quote(string? text)
    {
        var start = text is null ? "" : string.Concat(text.Take(120).Select(c => char.IsControl(c) ? '?' : c));
        return start.Length < (text?.Length ?? 0) ? $"'{start}…'" : $"'{start}'";
    }

    private static DiagnosticException Schema1(string image) => Bad(
        image, "its manifest is of Docker's schema 1, whose contents cannot be checked. Push the image again with a current tool");

    /// <summary>What servers say that know nothing of images.</summary>
    private static bool IsGeneric(string? mediaType) => mediaType is null or "application/json" or "text/plain" or OciMediaTypes.Unknown;

    private static void CheckMediaType(string? mediaType, bool isIndex, string image)
    {
        if (mediaType is not null && !(isIndex ? OciMediaTypes.IsIndex(mediaType) : OciMediaTypes.IsManifest(mediaType)))
        {
            throw Bad(image, $"the document is said to be {Quote(mediaType)}, and is {(isIndex ? "an index" : "a manifest")}");
        }
    }

    private static OciManifest Manifest(ReadOnlySpan<byte> json, DocumentJson document, string image)
    {
        if (document.Config is null || document.Layers is not { } layers)
        {
            throw Bad(image, "the manifest lacks its configuration or its layers");
        }

        if (layers.Length > MaximumLayers)
        {
            throw Bad(image, $"the manifest has {layers.Length} layers, and {MaximumLayers} are allowed");
        }

        var config = Descriptor(document.Config, "configuration", image);
        if (!OciMediaTypes.IsConfig(config.MediaType))
        {
            throw Bad(image, $"its configuration is {Quote(config.MediaType)}, so it is no container image");
        }

        if (config.Size > MaximumSize)
        {
            throw Bad(image, $"its configuration has {config.Size} bytes, and {MaximumSize} are allowed");
        }

        var manifest = new OciManifest(Sha256Digest.Of(json), json.Length, config, [.. layers.Select(layer => Descriptor(layer, "layer", image))]);
        foreach (var layer in manifest.Layers)
        {
            if (!OciMediaTypes.IsLayer(layer.MediaType))
            {
                throw Bad(image, $"the layer {layer.DigestText} is {Quote(layer.MediaType)}, which is not a layer of files");
            }

            if (layer.Size > MaximumLayerSize)
            {
                throw Bad(image, $"the layer {layer.DigestText} has {layer.Size} bytes, and {MaximumLayerSize} are allowed");
            }
        }

        return manifest;
    }

    private static OciDescriptor Descriptor(DescriptorJson? descriptor, string what, string image)
    {
        if (descriptor is not { MediaType: { Length: > 0 } mediaType, Size: { } size and >= 0 })
        {
            throw Bad(image, $"a {what} lacks its media type, or has no size or a negative one");
        }

        return new OciDescriptor(mediaType, Digest(descriptor.Digest, image), size)
        {
            Platform = descriptor.Platform is { Os: { Length: > 0 } os, Architecture: { Length: > 0 } architecture }
                ? new OciPlatform(os, architecture, descriptor.Platform.Variant is { Length: > 0 } variant ? variant : null)
                : null,
            ReferenceName = descriptor.Annotations?.GetValueOrDefault("org.opencontainers.image.ref.name"),
        };
    }

    private static Sha256Digest Digest(string? text, string image) =>
        text is not null && text.StartsWith("sha256:", StringComparison.Ordinal) && Sha256Digest.TryParse(text["sha256:".Length..], out var digest)
            ? digest
            : throw Bad(image, $"{Quote(text)} is not a SHA-256 digest, and no other kind is supported");
}
