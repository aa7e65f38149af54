using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Extensions;

/// <summary>Whether a host would merge an extension: systemd-sysext's comparison of the two release files.</summary>
public static class ExtensionCompatibility
{
    /// <summary>Why a host with this os-release would not merge the extension; null when it would.</summary>
    /// <param name="extension">The extension-release.</param>
    /// <param name="host">The host's os-release.</param>
    public static string? Refusal(ReleaseFile extension, ReleaseFile host)
    {
        var scope = extension["SYSEXT_SCOPE"];
        if (scope is not null && !scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains("system", StringComparer.Ordinal))
        {
            return $"its SYSEXT_SCOPE '{scope}' does not hold 'system'";
        }

        var id = extension["ID"];
        if (id == "_any")
        {
            return null;
        }

        if (id is null || id != host["ID"])
        {
            return $"its ID is '{id}', the base's '{host["ID"]}'";
        }

        if (extension["SYSEXT_LEVEL"] is { } level && host["SYSEXT_LEVEL"] is { } hostLevel)
        {
            return level == hostLevel ? null : $"its SYSEXT_LEVEL is '{level}', the base's '{hostLevel}'";
        }

        return host["VERSION_ID"] is { } hostVersion && extension["VERSION_ID"] != hostVersion
            ? $"its VERSION_ID is '{extension["VERSION_ID"]}', the base's '{hostVersion}'"
            : null;
    }

    /// <summary>Checks an extension that is embedded in an image.</summary>
    /// <exception cref="DiagnosticException">It has no extension-release of its name, or the base would refuse it.</exception>
    internal static void Check(string name, FileTree tree, ReleaseFile host)
    {
        if (!tree.TryGet(ExtensionRelease.PathFor(name), out var entry) || entry is not FileEntry file)
        {
            throw new DiagnosticException(ImageDiagnostics.IncompatibleExtension.Create(
                $"The extension '{name}' would not be merged: it holds no /{ExtensionRelease.PathFor(name)}."));
        }

        using var reader = new StreamReader(file.Content.OpenRead());
        if (Refusal(ReleaseFile.Parse(reader.ReadToEnd()), host) is { } reason)
        {
            throw new DiagnosticException(ImageDiagnostics.IncompatibleExtension.Create(
                $"The extension '{name}' would not be merged: {reason}. Build it for this base."));
        }
    }
}
