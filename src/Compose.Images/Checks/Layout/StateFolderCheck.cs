using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>Finds folders in the read-only /usr that programs were built to write to: what <c>--prefix=/usr</c> alone makes of /var and /run.</summary>
internal sealed class StateFolderCheck : IExtensionCheck
{
    private static readonly TreePath[] Folders = [TreePath.Parse("usr/run"), TreePath.Parse("usr/tmp"), TreePath.Parse("usr/var")];

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var folder in Folders)
        {
            if (extension.Tree.TryGet(folder, out var entry) && entry is DirectoryEntry
                && extension.BaseTree?.Contains(folder) != true)
            {
                // The folder may be everybody's; what is in it says whose mistake it is.
                var items = extension.Tree.Subtree(folder);
                reporter.Report(extension.Finding(
                    ImageDiagnostics.StateInReadOnlyFolder,
                    new TreeItem(folder, items[^1].Entry),
                    $"'/{folder}' is a folder that programs write to, and a merged /usr is read-only."));
            }
        }
    }
}
