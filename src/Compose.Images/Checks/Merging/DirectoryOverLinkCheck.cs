using Compose.Diagnostics;

namespace Compose.Images.Checks.Merging;

/// <summary>Finds directories of the extension where the base has a symbolic link, and the reverse.</summary>
internal sealed class DirectoryOverLinkCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.BaseTree is not { } baseTree)
        {
            return;
        }

        foreach (var (path, entry) in extension.Tree.Items)
        {
            if (baseTree.TryGet(path, out var other)
                && LinkConflict.Find(path, extension.Name, entry, MergedLayer.BaseName, other) is { } finding)
            {
                reporter.Report(finding);
            }
        }
    }
}
