using Compose.Diagnostics;

namespace Compose.Formats.Oci;

/// <summary>What can be wrong with a container image.</summary>
public static class OciDiagnostics
{
    /// <summary>A manifest, an index or a configuration is malformed, of another kind than expected, or lies.</summary>
    public static readonly DiagnosticDescriptor BadManifest =
        new("COMPOSE1074", DiagnosticSeverity.Error, "A container image's manifest cannot be used");

    /// <summary>An image is not made for the platform.</summary>
    public static readonly DiagnosticDescriptor NoPlatform =
        new("COMPOSE1075", DiagnosticSeverity.Error, "A container image is not for this platform");

    /// <summary>A layer is not the one its image names, or changes what cannot be changed so.</summary>
    public static readonly DiagnosticDescriptor BadLayer =
        new("COMPOSE1076", DiagnosticSeverity.Error, "A container image's layer cannot be applied");

    /// <summary>A folder or archive is not an OCI image layout, or does not hold the image.</summary>
    public static readonly DiagnosticDescriptor BadLayout =
        new("COMPOSE1078", DiagnosticSeverity.Error, "An OCI image layout cannot be used");
}
