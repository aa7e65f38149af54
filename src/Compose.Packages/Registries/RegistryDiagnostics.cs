namespace Compose.Packages.Registries;

/// <summary>What can be wrong with container images' names and with registries.</summary>
public static class RegistryDiagnostics
{
    /// <summary>An image's name, tag, version or platform cannot be understood.</summary>
    public static readonly DiagnosticDescriptor BadReference =
        new("COMPOSE1070", DiagnosticSeverity.Error, "A container image's name cannot be understood");

    /// <summary>The registry does not have an image.</summary>
    public static readonly DiagnosticDescriptor NotFound =
        new("COMPOSE1071", DiagnosticSeverity.Error, "A container image is not in the registry");

    /// <summary>The registry does not give an image to this user.</summary>
    public static readonly DiagnosticDescriptor AccessRefused =
        new("COMPOSE1072", DiagnosticSeverity.Error, "A registry refuses access");

    /// <summary>The file with the credentials, or a program that keeps them, cannot be used.</summary>
    public static readonly DiagnosticDescriptor BadCredentials =
        new("COMPOSE1073", DiagnosticSeverity.Error, "A registry's credentials cannot be read");

    /// <summary>No tag has a version that is asked for.</summary>
    public static readonly DiagnosticDescriptor NoVersion =
        new("COMPOSE1077", DiagnosticSeverity.Error, "A container image has no such version");
}
