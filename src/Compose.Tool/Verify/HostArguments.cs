using System.Text;
using Compose.Diagnostics;
using Compose.Images.Extensions;
using Compose.Images.ReleaseFiles;

namespace Compose.Tool.Verify;

/// <summary>What a command line says of the host that an extension is to be merged by.</summary>
/// <param name="OsReleaseFile">Its os-release.</param>
/// <param name="SystemdVersion">The version of its systemd.</param>
/// <param name="Architecture">Its architecture as systemd names it; null for any.</param>
internal sealed record HostArguments(string OsReleaseFile, int SystemdVersion, string? Architecture)
{
    /// <summary>Real ones have some hundred bytes.</summary>
    private const int MaximumSize = 64 * 1024;

    /// <summary>Reads the os-release.</summary>
    /// <exception cref="DiagnosticException">It cannot be read, or is none.</exception>
    public MergingHost Load()
    {
        try
        {
            using var stream = File.OpenRead(OsReleaseFile);
            var bytes = new byte[MaximumSize];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var release = ReleaseFile.Parse(Encoding.UTF8.GetString(bytes, 0, length));
            return string.IsNullOrEmpty(release["ID"])
                ? throw new DiagnosticException(ToolDiagnostics.FileAccess.Create($"'{OsReleaseFile}' is no os-release: it has no ID."))
                : new MergingHost(release, Architecture, SystemdVersion);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.FileAccess.Create($"'{OsReleaseFile}' cannot be read: {e.Message}"), e);
        }
    }
}
