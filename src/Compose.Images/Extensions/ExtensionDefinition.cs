using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Declarations;
using Compose.Images.Trees;
using Compose.Images.Units;
using Compose.Packages.Inputs;

namespace Compose.Images.Extensions;

/// <summary>What an extension is made of, as its project says it.</summary>
public sealed record ExtensionDefinition
{
    /// <summary>The name: that of the file, without suffix, and of its extension-release.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it extends the system or its configuration.</summary>
    public ExtensionKind Kind { get; init; }

    /// <summary>What goes into extension-release.</summary>
    public ExtensionReleaseDefinition Release { get; init; } = new();

    /// <summary>The packages that neither the base nor a referenced extension has.</summary>
    public IReadOnlyList<PackageInput> Packages { get; init; } = [];

    /// <summary>What is laid over the packages, in this order: archives first.</summary>
    public IReadOnlyList<InputTree> Inputs { get; init; } = [];

    /// <summary>The packages and other inputs as the lock file pins them, for the comparison with other extensions.</summary>
    public IReadOnlyList<CarriedInput> Carries { get; init; } = [];

    /// <summary>The project's own files, laid over all inputs.</summary>
    public FileTree Files { get; init; } = FileTree.Empty;

    /// <summary>Units that the extension promises to hold.</summary>
    public IReadOnlyList<UnitDefinition> Units { get; init; } = [];

    /// <summary>What the project declares item by item.</summary>
    public DeclaredContent Declared { get; init; } = new();

    /// <summary>What is left out by default.</summary>
    public DefaultExclusions Exclusions { get; init; } = new();

    /// <summary>The time of what the build generates, in seconds since 1970; null for the newest of the inputs' files, or of the base's.</summary>
    public long? SourceDateEpoch { get; init; }

    /// <summary>Whether systemd-analyze of the build host reads the extension's units, too, when it is installed.</summary>
    public bool VerifyUnits { get; init; } = true;

    /// <summary>Folders of the build host, as absolute paths, that no file of the extension should name: the project's, for one.</summary>
    public IReadOnlyList<string> BuildFolders { get; init; } = [];
}

/// <summary>The variables of extension-release that a project may set; what is null follows the base.</summary>
public sealed record ExtensionReleaseDefinition
{
    /// <summary><c>ID</c>: the base's, or <c>_any</c>.</summary>
    public string? Id { get; init; }

    /// <summary><c>SYSEXT_LEVEL</c> or <c>CONFEXT_LEVEL</c>: the base's level, if it has one.</summary>
    public string? Level { get; init; }

    /// <summary><c>VERSION_ID</c>: used when there is no level.</summary>
    public string? VersionId { get; init; }

    /// <summary><c>ARCHITECTURE</c> as systemd names it: <c>x86-64</c>, <c>arm64</c>, <c>_any</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary><c>SYSEXT_SCOPE</c> or <c>CONFEXT_SCOPE</c>: <c>system</c>, <c>portable</c>, <c>initrd</c>, separated by blanks.</summary>
    public string? Scope { get; init; }

    /// <summary>
    /// <c>EXTENSION_RELOAD_MANAGER</c>: whether systemd reads its units again after a merge (255 and later). Null: when the
    /// extension names units.
    /// </summary>
    public bool? ReloadManager { get; init; }
}

/// <summary>A unit that an extension holds.</summary>
/// <param name="Name">Its name with the suffix.</param>
/// <param name="UpheldBy">
/// The target that starts it and keeps it started. A merged unit's <c>[Install]</c> section is never applied, so this is
/// how it starts.
/// </param>
public sealed record UnitDefinition(string Name, string? UpheldBy = null)
{
    /// <summary>Checks that the names can stand in the paths and the text of drop-ins.</summary>
    /// <exception cref="DiagnosticException">One is not the name of a unit.</exception>
    internal void Check()
    {
        foreach (var name in (ReadOnlySpan<string?>)[Name, UpheldBy])
        {
            if (name is { Length: > 0 } && !UnitName.IsValid(name))
            {
                throw new DiagnosticException(ImageDiagnostics.BadValue.Create(
                    $"'{TreePath.Describe(Encoding.UTF8.GetBytes(name))}' is not the name of a unit, such as docker.service or sockets.target.", Name));
            }
        }
    }
}

/// <summary>An extension that is merged together with the one that is built.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tree">What it holds.</param>
public sealed record ReferencedExtension(string Name, FileTree Tree)
{
    /// <summary>Whether it extends the system or its configuration.</summary>
    public ExtensionKind Kind { get; init; }

    /// <summary>What it was made of.</summary>
    public IReadOnlyList<CarriedInput> Carries { get; init; } = [];

    /// <summary>The names of the extensions that it was built on: what they have it left out.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>The include of the project's item that names it; null when another reference brings it.</summary>
    public string? Item { get; init; }
}
