using System.Text.Json.Serialization;

namespace Compose.Formats.Oci;

/// <summary>The fields that are read, under the names that the specifications give them. What is unknown is ignored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false, MaxDepth = 32)]
[JsonSerializable(typeof(DocumentJson))]
[JsonSerializable(typeof(ConfigJson))]
[JsonSerializable(typeof(LayoutJson))]
internal sealed partial class OciJson : JsonSerializerContext;

internal sealed record DocumentJson
{
    public int? SchemaVersion { get; init; }

    public string? MediaType { get; init; }

    public DescriptorJson? Config { get; init; }

    public DescriptorJson?[]? Layers { get; init; }

    public DescriptorJson?[]? Manifests { get; init; }
}

internal sealed record DescriptorJson
{
    public string? MediaType { get; init; }

    public string? Digest { get; init; }

    public long? Size { get; init; }

    public PlatformJson? Platform { get; init; }

    public Dictionary<string, string?>? Annotations { get; init; }
}

internal sealed record PlatformJson
{
    public string? Os { get; init; }

    public string? Architecture { get; init; }

    public string? Variant { get; init; }
}

internal sealed record ConfigJson
{
    public string? Os { get; init; }

    public string? Architecture { get; init; }

    public string? Variant { get; init; }

    public RootFsJson? Rootfs { get; init; }
}

internal sealed record RootFsJson
{
    public string? Type { get; init; }

    [JsonPropertyName("diff_ids")]
    public string?[]? DiffIds { get; init; }
}

internal sealed record LayoutJson
{
    public string? ImageLayoutVersion { get; init; }
}
