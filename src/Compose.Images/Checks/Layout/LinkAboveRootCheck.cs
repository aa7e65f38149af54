using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds symbolic links that climb above the root. On a host the root is above itself, so that they stay inside; seen through
/// a folder that holds the tree, they lead out of it.
/// </summary>
internal sealed class LinkAboveRootCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            if (item.Entry is SymlinkEntry link && TreeLinks.ClimbsAboveRoot(item.Path, link.Target.Span))
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.LinkAboveRoot,
                    item,
                    $"'/{item.Path}' is a symbolic link to '{TreePath.Describe(link.Target.Span)}', which has more '..' than there are folders above it."));
            }
        }
    }
}
