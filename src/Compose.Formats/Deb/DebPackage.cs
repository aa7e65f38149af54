using Compose.FileTrees;

namespace Compose.Formats.Deb;

/// <summary>A script that dpkg would run around installing or removing the package. Compose never runs it.</summary>
/// <param name="Name"><c>preinst</c>, <c>postinst</c>, <c>prerm</c>, <c>postrm</c> or <c>config</c>.</param>
/// <param name="Content">The script's bytes; usually a shell script.</param>
public sealed record MaintainerScript(string Name, ReadOnlyMemory<byte> Content);

/// <summary>What a Debian binary package holds (deb(5)).</summary>
public sealed class DebPackage
{
    /// <summary>The control file's fields.</summary>
    public required ControlFields Control { get; init; }

    /// <summary>The maintainer scripts, sorted by name.</summary>
    public required IReadOnlyList<MaintainerScript> Scripts { get; init; }

    /// <summary>
    /// Other files of the control archive, sorted by name: <c>triggers</c>, <c>shlibs</c>, <c>md5sums</c> and so on.
    /// </summary>
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ControlFiles { get; init; }

    /// <summary>The paths that dpkg treats as configuration, in the package's order.</summary>
    public required IReadOnlyList<TreePath> ConfFiles { get; init; }

    /// <summary>The files, as the package has them: owners and modes included, contents in the store.</summary>
    public required FileTree Files { get; init; }
}
