using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Trees;

/// <summary>What an image leaves out unless the project asks for it.</summary>
/// <param name="Documentation">Whether documentation and manual pages stay in.</param>
/// <param name="Locales">Whether translations stay in.</param>
/// <param name="PackageDatabases">Whether what package managers keep about packages stays in.</param>
public sealed record DefaultExclusions(bool Documentation = false, bool Locales = false, bool PackageDatabases = false)
{
    private static readonly string[] DocumentationPatterns =
    [
        "usr/share/doc", "usr/share/doc-base", "usr/share/man", "usr/share/info", "usr/share/gtk-doc", "usr/share/help",
        "usr/share/groff",
    ];

    private static readonly string[] LocalePatterns = ["usr/share/locale", "usr/share/i18n"];

    private static readonly string[] PackageDatabasePatterns =
    [
        "var/lib/dpkg", "var/lib/apt", "var/cache/apt", "var/cache/debconf", "var/cache/man", "usr/share/lintian", "usr/share/bug", "usr/share/reportbug",
        "usr/share/debianutils",
        "var/lib/rpm", "var/lib/dnf", "var/cache/dnf", "var/lib/pacman", "var/cache/pacman", "var/db/pkg", "var/lib/opkg", "var/cache/apk",
        .. UsrDatabases,
    ];

    /// <summary>The databases of package managers that are below /usr: rpm's, opkg's, apk's.</summary>
    private static string[] UsrDatabases => ["usr/lib/sysimage/rpm", "usr/share/rpm", "usr/lib/opkg", "usr/lib/apk/db"];

    /// <summary>System V start scripts: the units that stand beside them replace them.</summary>
    private static readonly string[] AlwaysPatterns = ["etc/init.d", "etc/rc[0-6S].d"];

    /// <summary>The folders of package managers' databases that an extension could hold.</summary>
    internal static IReadOnlyList<TreePath> PackageDatabaseFolders { get; } = [.. UsrDatabases.Select(TreePath.Parse)];

    /// <summary>The patterns of what is left out.</summary>
    public IReadOnlyList<Glob> Patterns { get; } =
    [
        .. (IEnumerable<Glob>)
        [
            .. AlwaysPatterns.Select(pattern => new Glob(pattern)),
            .. Documentation ? [] : DocumentationPatterns.Select(pattern => new Glob(pattern)),
            .. Locales ? [] : LocalePatterns.Select(pattern => new Glob(pattern)),
            .. PackageDatabases ? [] : PackageDatabasePatterns.Select(pattern => new Glob(pattern)),
        ],
    ];
}
