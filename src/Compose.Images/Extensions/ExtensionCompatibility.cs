using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Extensions;

/// <summary>A system that may merge an extension.</summary>
/// <param name="OsRelease">Its os-release.</param>
/// <param name="Architecture">Its architecture as systemd names it, such as <c>x86-64</c>.</param>
/// <param name="SystemdVersion">The version of its systemd.</param>
/// <param name="Scope">Where it merges: <c>system</c>, or <c>initrd</c>.</param>
public sealed record MergingHost(ReleaseFile OsRelease, string? Architecture = null, int SystemdVersion = 257, string Scope = "system");

/// <summary>
/// Whether a host would merge an extension: the comparison of extension-release and os-release that systemd-sysext and
/// systemd-confext make (UAPI.3, and the sources of systemd 252 and 257).
/// </summary>
public static class ExtensionCompatibility
{
    private const string Any = "_any";

    /// <summary>What holds for an extension that sets no scope.</summary>
    private static readonly string[] DefaultScopes = ["system", "portable"];

    /// <summary>Why the host would not merge the extension; null when it would.</summary>
    /// <param name="extension">The extension-release.</param>
    /// <param name="host">The host.</param>
    /// <param name="kind">The kind of extension.</param>
    public static string? Refusal(ReleaseFile extension, MergingHost host, ExtensionKind kind = ExtensionKind.System)
    {
        const int FirstWithConfigurationExtensions = 254;
        if (kind == ExtensionKind.Configuration && host.SystemdVersion < FirstWithConfigurationExtensions)
        {
            return $"systemd {host.SystemdVersion} knows no configuration extensions, which {FirstWithConfigurationExtensions} was the first to merge";
        }

        var traits = ExtensionTraits.Of(kind);
        return ScopeRefusal(extension, host, traits)
            ?? ArchitectureRefusal(extension, host)
            ?? (extension["ID"] == Any ? null : IdRefusal(extension, host) ?? LevelRefusal(extension, host.OsRelease, traits));
    }

    /// <summary>Why the host would not merge an extension with this tree; null when it would.</summary>
    internal static string? Refusal(string name, FileTree tree, MergingHost host, ExtensionKind kind)
    {
        var path = ExtensionRelease.PathFor(name, kind);
        if (!tree.TryGet(path, out var entry) || entry is not FileEntry file)
        {
            return $"it holds no /{path}";
        }

        return Refusal(ReleaseFile.Parse(TreeText.Read(file)), host, kind);
    }

    private static string? ScopeRefusal(ReleaseFile extension, MergingHost host, ExtensionTraits traits)
    {
        var text = extension[traits.ScopeVariable];
        var scopes = text is null ? DefaultScopes : Words(text);
        return scopes.Contains(host.Scope, StringComparer.Ordinal)
            ? null
            : $"its {traits.ScopeVariable} '{text}' does not hold '{host.Scope}'";
    }

    private static string? ArchitectureRefusal(ReleaseFile extension, MergingHost host) =>
        extension["ARCHITECTURE"] is { Length: > 0 } architecture && architecture != Any
            && host.Architecture is { } expected && architecture != expected
            ? $"its ARCHITECTURE is '{architecture}', the host's '{expected}'"
            : null;

    private static string? IdRefusal(ReleaseFile extension, MergingHost host)
    {
        var id = extension["ID"];
        if (string.IsNullOrEmpty(id))
        {
            return "it has no ID";
        }

        // Since 257 a relative of the host's is good enough.
        var isRelated = host.SystemdVersion >= 257 && Words(host.OsRelease["ID_LIKE"] ?? "").Contains(id, StringComparer.Ordinal);
        return id == host.OsRelease["ID"] || isRelated ? null : $"its ID is '{id}', the base's '{host.OsRelease["ID"]}'";
    }

    private static string? LevelRefusal(ReleaseFile extension, ReleaseFile host, ExtensionTraits traits)
    {
        var (level, hostLevel) = (extension[traits.LevelVariable], host[traits.LevelVariable]);
        if (!string.IsNullOrEmpty(level) && !string.IsNullOrEmpty(hostLevel))
        {
            return level == hostLevel ? null : $"its {traits.LevelVariable} is '{level}', the base's '{hostLevel}'";
        }

        // A rolling release has neither, and takes everything of its ID.
        return host["VERSION_ID"] is { Length: > 0 } hostVersion && extension["VERSION_ID"] != hostVersion
            ? $"its VERSION_ID is '{extension["VERSION_ID"]}', the base's '{hostVersion}'"
            : null;
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
