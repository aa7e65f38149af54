using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;
using Compose.Images.Units;

namespace Compose.Images.Checks.Merging;

/// <summary>Finds units that the project names, or starts its own by, and that are nowhere.</summary>
internal sealed class PromisedUnitsCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var unit in extension.Definition.Units)
        {
            Require(unit.Name, unit.Name, [extension.Tree], reporter);

            // Without a base nothing is known of the targets that there will be.
            if (unit.UpheldBy is { Length: > 0 } target && extension.BaseTree is not null)
            {
                Require(target, unit.Name, [.. extension.Merged.Layers.Select(layer => layer.Tree)], reporter);
            }
        }
    }

    private static void Require(string unit, string item, IReadOnlyList<FileTree> trees, IDiagnosticReporter reporter)
    {
        if (!UnitName.NeedsNoFile(unit) && !trees.Any(tree => UnitDirectories.Hold(tree, unit)))
        {
            var others = UnitDirectories.All.SelectMany(directory => trees[0].Children(directory))
                .Where(child => child.Entry is not DirectoryEntry)
                .Select(child => TreePath.Describe(child.Path.Name));
            reporter.Report(ImageDiagnostics.UnitNotFound.Create(
                $"The unit '{unit}' is not in the tree. The extension's units are: {string.Join(", ", others)}.",
                item));
        }
    }
}
