using Compose.FileTrees;

namespace Compose.Images.Extensions;

/// <summary>Where an image keeps the system's units, and files that units are generated from.</summary>
internal static class UnitDirectories
{
    /// <summary>The folder of units.</summary>
    public static readonly TreePath System = TreePath.Parse("usr/lib/systemd/system");

    /// <summary>All such folders; podman's generator makes services of what is in the second.</summary>
    public static readonly IReadOnlyList<TreePath> All = [System, TreePath.Parse("usr/share/containers/systemd")];
}
