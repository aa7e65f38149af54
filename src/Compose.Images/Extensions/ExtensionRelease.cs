using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Extensions;

/// <summary>Makes the extension-release file, by which systemd-sysext decides whether to merge (UAPI: extension image).</summary>
public static class ExtensionRelease
{
    private const string AnyId = "_any";

    /// <summary>The file's path in an extension.</summary>
    public static TreePath PathFor(string extensionName, ExtensionKind kind = ExtensionKind.System) =>
        ExtensionTraits.Of(kind).ReleaseDirectory.Child("extension-release." + extensionName);

    /// <summary>
    /// Makes the file. <c>ID</c> and the level follow the base where the project does not set them; without a base the
    /// extension fits any system.
    /// </summary>
    /// <param name="definition">What the project sets.</param>
    /// <param name="hasUnits">Whether the extension names units.</param>
    /// <param name="baseRelease">The base's os-release, if there is a base.</param>
    /// <param name="kind">The kind of extension.</param>
    public static ReleaseFile Create(
        ExtensionReleaseDefinition definition, bool hasUnits, ReleaseFile? baseRelease, ExtensionKind kind = ExtensionKind.System)
    {
        var traits = ExtensionTraits.Of(kind);
        var id = definition.Id ?? baseRelease?["ID"] ?? AnyId;
        var release = new ReleaseFile().Add("ID", id);
        if (id != AnyId)
        {
            // The level says which bases fit; the version would tie the extension to a single one.
            var level = definition.Level ?? (definition.VersionId is null ? baseRelease?[traits.LevelVariable] : null);
            release.Add(traits.LevelVariable, level);
            if (level is null)
            {
                release.Add("VERSION_ID", definition.VersionId ?? baseRelease?["VERSION_ID"]);
            }
        }

        return release
            .Add("ARCHITECTURE", definition.Architecture)
            .Add(traits.ScopeVariable, definition.Scope)
            .Add("EXTENSION_RELOAD_MANAGER", definition.ReloadManager ?? hasUnits ? "1" : null);
    }

    /// <summary>Reads the os-release of a tree; null when it has none.</summary>
    public static ReleaseFile? OsReleaseOf(FileTree tree) =>
        TreeText.Read(tree, TreePath.Parse("usr/lib/os-release")) is { } text ? ReleaseFile.Parse(text) : null;

    /// <summary>
    /// Checks that a name can be that of an extension: it becomes a file name, and the part behind <c>_</c> or <c>+</c>
    /// would be taken for a version by some releases of systemd and not by others.
    /// </summary>
    /// <exception cref="DiagnosticException">The name is not allowed.</exception>
    public static void CheckName(string name)
    {
        if (name.Length is 0 or > 128
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
            || !char.IsAsciiLetterOrDigit(name[0]))
        {
            throw new DiagnosticException(ImageDiagnostics.BadValue.Create(
                $"'{name}' cannot be an extension's name: it takes letters, digits, '-' and '.', begins with a letter or digit, "
                + "and has at most 128 characters ('_' and '+' begin a version for some releases of systemd). Set ExtensionName."));
        }
    }
}
