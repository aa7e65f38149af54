using Compose.FileTrees;

namespace Compose.Images.Extensions;

/// <summary>Where an image keeps the system's units, and files that units are generated from.</summary>
internal static class UnitDirectories
{
    /// <summary>The folder of units.</summary>
    public static readonly TreePath System = ExtensionTraits.Of(ExtensionKind.System).UnitDirectories[0];

    /// <summary>All such folders; podman's generator makes services of what is in those of containers.</summary>
    public static readonly IReadOnlyList<TreePath> All =
        [.. ExtensionTraits.Of(ExtensionKind.System).UnitDirectories, .. ExtensionTraits.Of(ExtensionKind.Configuration).UnitDirectories];
}
