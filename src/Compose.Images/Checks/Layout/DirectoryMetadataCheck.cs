using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Merging;

namespace Compose.Images.Checks.Layout;

/// <summary>Finds directories of the extension that another tree has too, with another mode or owner.</summary>
internal sealed class DirectoryMetadataCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            if (item.Entry is DirectoryEntry directory && Below(extension, item.Path) is { } below
                && DirectoryDifference.Find(item.Path, directory, "here", below.Directory, below.Layer) is { } finding)
            {
                reporter.Report(extension.Finding(finding.Descriptor, item, finding.Message));
            }
        }
    }

    /// <summary>The directory in the lowest other tree that has it: the base, as a rule.</summary>
    private static (DirectoryEntry Directory, string Layer)? Below(CheckedExtension extension, TreePath path)
    {
        var layers = extension.Host.Layers;
        for (var i = layers.Count - 1; i > 0; i--)
        {
            if (layers[i].Tree.TryGet(path, out var entry) && entry is DirectoryEntry directory)
            {
                return (directory, layers[i].Name);
            }
        }

        return null;
    }
}
