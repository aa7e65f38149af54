using Compose.FileTrees;

namespace Compose.Images.Units;

/// <summary>Where systemd looks for units (systemd.unit(5)), as far as images have these folders. What stands in an earlier one hides what is in a later one.</summary>
internal static class UnitFolders
{
    /// <summary>The system's units.</summary>
    public static readonly IReadOnlyList<TreePath> System =
        [TreePath.Parse("etc/systemd/system"), TreePath.Parse("usr/local/lib/systemd/system"), TreePath.Parse("usr/lib/systemd/system")];

    /// <summary>The units of users' own managers.</summary>
    public static readonly IReadOnlyList<TreePath> User =
        [TreePath.Parse("etc/systemd/user"), TreePath.Parse("usr/local/lib/systemd/user"), TreePath.Parse("usr/lib/systemd/user")];
}
