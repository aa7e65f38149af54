using System.Text.Unicode;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds names that are not UTF-8, and names of one directory that differ in case only. Linux has no use for either, and no
/// trouble: it is other systems and programs that read the one wrong, and take the others for one.
/// </summary>
internal sealed class FileNameCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var known = new Dictionary<string, TreePath>(extension.Tree.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var item in extension.Tree.Items)
        {
            if (!Utf8.IsValid(item.Path.Name))
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.NameNotUtf8,
                    item,
                    $"'/{item.Path}' has a name that is not UTF-8; what describes the extension cannot name it as it is, and other programs may not find it."));
            }

            // Those of other directories that differ in case only are no trouble of their own.
            var text = item.Path.ToString();
            if (!known.TryAdd(text, item.Path))
            {
                var other = known[text];
                known[text] = item.Path;
                if (other.Parent == item.Path.Parent)
                {
                    reporter.Report(extension.Finding(
                        ImageDiagnostics.NamesDifferInCase,
                        item,
                        $"'/{item.Path}' and '/{other}' differ in case only; where case does not count, there is room for one of them."));
                }
            }
        }
    }
}
