using Compose.FileTrees;

namespace Compose.Images.Torcx;

/// <summary>
/// Where the files of a torcx archive go in an extension. At boot torcx shows an archive below a folder of its own; here what
/// has a usual place below /usr goes there, so that programs still find their libraries beside them, and the rest goes to a
/// folder of the archive's name.
/// </summary>
/// <param name="name">The archive's name, as torcx has it.</param>
internal sealed class TorcxPlaces(string name)
{
    public static readonly TreePath Programs = TreePath.Parse("usr/bin");
    public static readonly TreePath Units = TreePath.Parse("usr/lib/systemd/system");
    public static readonly TreePath Network = TreePath.Parse("usr/lib/systemd/network");
    public static readonly TreePath SystemUsers = TreePath.Parse("usr/lib/sysusers.d");
    public static readonly TreePath TemporaryFiles = TreePath.Parse("usr/lib/tmpfiles.d");
    public static readonly TreePath UdevRules = TreePath.Parse("usr/lib/udev/rules.d");

    private static readonly TreePath Usr = TreePath.Parse("usr");
    private static readonly TreePath Opt = TreePath.Parse("opt");
    private static readonly TreePath[] ProgramDirectories = [.. new[] { "bin", "sbin", "usr/bin", "usr/sbin" }.Select(TreePath.Parse)];
    private static readonly TreePath[] BelowUsr = [.. new[] { "bin", "sbin", "lib", "lib32", "lib64", "libx32" }.Select(TreePath.Parse)];

    /// <summary>What takes effect by lying there: only what the manifest names may.</summary>
    private static readonly TreePath[] Effective =
    [
        TreePath.Parse("usr/lib/systemd"), SystemUsers, TemporaryFiles, TreePath.Parse("usr/lib/udev"),
        TreePath.Parse("usr/lib/modules-load.d"), TreePath.Parse("usr/lib/modprobe.d"), TreePath.Parse("usr/lib/sysctl.d"), TreePath.Parse("usr/lib/extension-release.d"),
    ];

    /// <summary>The folder of what has no usual place.</summary>
    public TreePath Own { get; } = TreePath.Parse("usr/share").Child(name);

    /// <summary>Whether programs stand here: then they need no link elsewhere.</summary>
    public static bool IsProgramDirectory(TreePath path) => ProgramDirectories.Contains(path);

    /// <summary>Where a path of the archive goes that the manifest does not name.</summary>
    public TreePath Of(TreePath path)
    {
        var place = path.IsWithin(Opt) || path.IsWithin(Usr) ? path
            : BelowUsr.Any(path.IsWithin) ? Usr.Append(path)
            : Own.Append(path);
        return Effective.Any(place.IsWithin) ? Own.Append(path) : place;
    }
}
