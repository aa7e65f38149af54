using Compose.FileTrees;
using Compose.Images.Trees;
using Compose.Packages.Inputs;

namespace Compose.Images.Extensions;

/// <summary>What an extension is made of, as its project says it.</summary>
public sealed record ExtensionDefinition
{
    /// <summary>The name: that of the file, without suffix, and of its extension-release.</summary>
    public required string Name { get; init; }

    /// <summary>What goes into extension-release.</summary>
    public ExtensionReleaseDefinition Release { get; init; } = new();

    /// <summary>The packages that neither the base nor a referenced extension has.</summary>
    public IReadOnlyList<PackageInput> Packages { get; init; } = [];

    /// <summary>What is laid over the packages, in this order: archives first.</summary>
    public IReadOnlyList<InputTree> Inputs { get; init; } = [];

    /// <summary>The project's own files, laid over all inputs.</summary>
    public FileTree Files { get; init; } = FileTree.Empty;

    /// <summary>Units that the extension promises to hold.</summary>
    public IReadOnlyList<UnitDefinition> Units { get; init; } = [];

    /// <summary>Symbolic links to add.</summary>
    public IReadOnlyList<SymlinkDefinition> Symlinks { get; init; } = [];

    /// <summary>What is left out by default.</summary>
    public DefaultExclusions Exclusions { get; init; } = new();

    /// <summary>The time of what the build generates, in seconds since 1970; null for the newest of the inputs' files.</summary>
    public long? SourceDateEpoch { get; init; }
}

/// <summary>The variables of extension-release that a project may set; what is null follows the base.</summary>
public sealed record ExtensionReleaseDefinition
{
    /// <summary><c>ID</c>: the base's, or <c>_any</c>.</summary>
    public string? Id { get; init; }

    /// <summary><c>SYSEXT_LEVEL</c>: the base's level, if it has one.</summary>
    public string? SysextLevel { get; init; }

    /// <summary><c>VERSION_ID</c>: used when there is no level.</summary>
    public string? VersionId { get; init; }

    /// <summary><c>ARCHITECTURE</c> as systemd names it: <c>x86-64</c>, <c>arm64</c>, <c>_any</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary><c>SYSEXT_SCOPE</c>: <c>system</c>, <c>portable</c>, <c>initrd</c>, separated by blanks.</summary>
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
public sealed record UnitDefinition(string Name, string? UpheldBy = null);

/// <summary>A symbolic link to add to a tree.</summary>
/// <param name="Path">Where it stands.</param>
/// <param name="Target">What it points to.</param>
public sealed record SymlinkDefinition(string Path, string Target);

/// <summary>An extension that is merged together with the one that is built.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tree">What it holds.</param>
public sealed record ReferencedExtension(string Name, FileTree Tree);
