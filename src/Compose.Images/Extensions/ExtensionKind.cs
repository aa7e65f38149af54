using Compose.FileTrees;

namespace Compose.Images.Extensions;

/// <summary>The kinds of extension image (UAPI.3).</summary>
public enum ExtensionKind
{
    /// <summary>A system extension (sysext): merged over /usr and /opt.</summary>
    System,

    /// <summary>A configuration extension (confext): merged over /etc.</summary>
    Configuration,
}

/// <summary>What the kinds differ in.</summary>
/// <param name="Hierarchies">The folders that are merged; nothing else of the image is seen.</param>
/// <param name="HierarchyNames">The same for messages.</param>
/// <param name="ReleaseDirectory">Where the extension-release file is.</param>
/// <param name="LevelVariable">The variable that says which hosts fit.</param>
/// <param name="ScopeVariable">The variable that says where it may be merged.</param>
/// <param name="DeclarationsFolder">The folder of <c>systemd/system</c>, <c>sysusers.d</c> and <c>tmpfiles.d</c>.</param>
/// <param name="UnitDirectories">Where units are looked for.</param>
/// <param name="ForbiddenPath">The file by which systemd takes an image for an operating system, and refuses it.</param>
internal sealed record ExtensionTraits(
    IReadOnlyList<TreePath> Hierarchies,
    string HierarchyNames,
    TreePath ReleaseDirectory,
    string LevelVariable,
    string ScopeVariable,
    TreePath DeclarationsFolder,
    IReadOnlyList<TreePath> UnitDirectories,
    TreePath ForbiddenPath)
{
    private static readonly ExtensionTraits System = new(
        [TreePath.Parse("usr"), TreePath.Parse("opt")],
        "/usr and /opt",
        TreePath.Parse("usr/lib/extension-release.d"),
        "SYSEXT_LEVEL",
        "SYSEXT_SCOPE",
        TreePath.Parse("usr/lib"),
        [TreePath.Parse("usr/lib/systemd/system"), TreePath.Parse("usr/share/containers/systemd")],
        TreePath.Parse("usr/lib/os-release"));

    private static readonly ExtensionTraits Configuration = new(
        [TreePath.Parse("etc")],
        "/etc",
        TreePath.Parse("etc/extension-release.d"),
        "CONFEXT_LEVEL",
        "CONFEXT_SCOPE",
        TreePath.Parse("etc"),
        [TreePath.Parse("etc/systemd/system"), TreePath.Parse("etc/containers/systemd")],
        TreePath.Parse("etc/os-release"));

    /// <summary>Whether the path is in a folder that is merged.</summary>
    public bool Holds(TreePath path) => Hierarchies.Any(hierarchy => path.IsWithin(hierarchy));

    /// <summary>The traits of a kind.</summary>
    public static ExtensionTraits Of(ExtensionKind kind) => kind == ExtensionKind.System ? System : Configuration;
}
