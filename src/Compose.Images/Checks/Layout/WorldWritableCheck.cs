using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds files and directories that every user may write. A merged /usr is read-only, and not so with
/// <c>systemd-sysext --mutable=</c> (systemd 256), nor are copies of it in /etc.
/// </summary>
internal sealed class WorldWritableCheck : IExtensionCheck
{
    private const int OthersWrite = 0x2;
    private const int Sticky = 0x200;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            var permissions = item.Entry.Metadata.Permissions;
            if ((permissions & OthersWrite) != 0
                && (item.Entry is FileEntry || (item.Entry is DirectoryEntry && (permissions & Sticky) == 0)))
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.WorldWritable, item, $"Every user may write '/{item.Path}' ({Convert.ToString(permissions, 8).PadLeft(4, '0')})."));
            }
        }
    }
}
