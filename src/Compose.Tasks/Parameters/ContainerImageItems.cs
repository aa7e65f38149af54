using Compose.Diagnostics;
using Compose.Formats.Oci;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Registries;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the OciImage items of a project.</summary>
internal static class ContainerImageItems
{
    /// <summary>What is to be restored.</summary>
    /// <param name="images">The items.</param>
    /// <param name="projectDirectory">The project's folder.</param>
    /// <param name="architecture">The project's architecture as Debian names it; empty for amd64.</param>
    /// <exception cref="DiagnosticException">A metadatum has a value that it cannot have.</exception>
    public static IReadOnlyList<ContainerImageRequest> Requests(IReadOnlyList<ITaskItem> images, string projectDirectory, string architecture) =>
        [.. images.Select(item => ItemValue.Of(item, () => Request(item, projectDirectory, architecture)))];

    private static ContainerImageRequest Request(ITaskItem item, string projectDirectory, string architecture)
    {
        // What is no name may be one with a password: it is refused before any message quotes it.
        if (ImageReference.IsReference(item.ItemSpec))
        {
            ImageReference.Parse(item.ItemSpec);
        }

        return new ContainerImageRequest
        {
            Source = item.ItemSpec,
            ProjectDirectory = projectDirectory,
            Version = Text(item, "VersionOverride") ?? Text(item, "Version"),
            Tag = Text(item, "Tag"),
            Platform = Text(item, "Platform") is not { } text ? PlatformOf(architecture)
                : OciPlatform.TryParse(text, out var platform) ? platform
                : throw PropertyValue.Bad("Platform", text, "an operating system and an architecture, such as linux/amd64"),
            IsInsecure = PropertyValue.Boolean("Insecure", item.GetMetadata("Insecure")),
        };
    }

    /// <summary>Debian's architectures in the words of images, where they differ.</summary>
    private static OciPlatform PlatformOf(string architecture) => architecture switch
    {
        "" => new OciPlatform("linux", "amd64"),
        "i386" => new OciPlatform("linux", "386"),
        "armhf" => new OciPlatform("linux", "arm", "v7"),
        "armel" => new OciPlatform("linux", "arm", "v5"),
        "ppc64el" => new OciPlatform("linux", "ppc64le"),
        _ => new OciPlatform("linux", architecture),
    };

    private static string? Text(ITaskItem item, string name) => PropertyValue.Text(item.GetMetadata(name).Trim());
}
