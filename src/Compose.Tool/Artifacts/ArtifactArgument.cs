using System.CommandLine;

namespace Compose.Tool.Artifacts;

/// <summary>The argument that names an image or folder.</summary>
internal static class ArtifactArgument
{
    /// <summary>The argument with a name.</summary>
    public static Argument<string> Create(string name) => new(name)
    {
        Description = "A squashfs image, a disk image (with a GUID partition table), or a directory.",
    };
}
