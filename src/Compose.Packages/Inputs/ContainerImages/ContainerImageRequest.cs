using Compose.Formats.Oci;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>A container image that a project asks for.</summary>
public sealed record ContainerImageRequest
{
    /// <summary>
    /// The image's name in a registry (see <see cref="Registries.ImageReference"/>), whose tag may hold <c>{version}</c>; or
    /// the path of an OCI layout, relative to the project.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>The project's folder, an absolute path: where relative paths begin.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>A version, or a NuGet range in brackets or with a star; null for none.</summary>
    public string? Version { get; init; }

    /// <summary>The tag in a layout; null when that has one image only.</summary>
    public string? Tag { get; init; }

    /// <summary>What the image is to run on.</summary>
    public required OciPlatform Platform { get; init; }

    /// <summary>Whether the registry is reached by http; null for one on this machine only.</summary>
    public bool? IsInsecure { get; init; }

    /// <summary>What tells requests apart: the same image may be asked for several times, with other parts of it each time.</summary>
    internal (string Source, string? Tag, string Platform) Key => (Source, Tag, Platform.ToString());

    /// <summary>The same failure, shown at the item that asks for the image.</summary>
    internal DiagnosticException AtItem(DiagnosticException failure) =>
        new(failure.Diagnostic with { Item = Source, Traits = new ItemTraits("OciImage") }, failure);
}
