using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Images.BaseSystems;
using Compose.Images.Extensions;
using Compose.Images.Trees;

namespace Compose.Images.Checks;

/// <summary>Finds what would go wrong when an extension is merged, before anything boots.</summary>
internal sealed class MergeChecks(IDiagnosticReporter reporter)
{
    /// <summary>Runs every check.</summary>
    public void Check(
        ExtensionDefinition definition, FileTree tree, FileTree? baseTree, IReadOnlyList<ReferencedExtension> references)
    {
        if (definition.Kind == ExtensionKind.Configuration && baseTree is not null)
        {
            // The base's /etc is a layer below its /usr.
            baseTree = TreeConflicts.Guard("the base", () => baseTree.Relocate(BaseSystemBuilder.EtcLayer, TreePath.Parse("etc")));
        }

        CheckOsRelease(definition, tree);
        CheckUnits(definition, tree, baseTree, references);
        if (baseTree is not null)
        {
            definition.Declared.CheckUnitSettings([tree, baseTree, .. references.Select(reference => reference.Tree)], reporter);
            CheckAgainst("the base", definition.Name, tree, baseTree);
            CheckHiddenFiles(definition, tree, baseTree);
        }

        foreach (var reference in references)
        {
            CheckAgainst($"the extension {reference.Name}", definition.Name, tree, reference.Tree);
            CheckSharedPaths(definition.Name, tree, reference);
        }

        for (var i = 0; i < references.Count; i++)
        {
            for (var j = i + 1; j < references.Count; j++)
            {
                CheckSharedPaths(references[i].Name, references[i].Tree, references[j]);
            }
        }
    }

    private void CheckOsRelease(ExtensionDefinition definition, FileTree tree)
    {
        var forbidden = ExtensionTraits.Of(definition.Kind).ForbiddenPath;
        if (tree.Contains(forbidden))
        {
            reporter.Report(ImageDiagnostics.OsReleaseInExtension.Create(
                $"'{definition.Name}' holds /{forbidden}, and systemd-sysext refuses to merge it. Leave out the package or file that brings it."));
        }
    }

    private void CheckUnits(
        ExtensionDefinition definition, FileTree tree, FileTree? baseTree, IReadOnlyList<ReferencedExtension> references)
    {
        foreach (var unit in definition.Units)
        {
            Require(unit.Name, unit.Name, [tree]);

            // Without a base nothing is known of the targets that there will be.
            if (unit.UpheldBy is { Length: > 0 } target && baseTree is not null)
            {
                Require(target, unit.Name, [tree, baseTree, .. references.Select(reference => reference.Tree)]);
            }
        }
    }

    private void Require(string unit, string item, IReadOnlyList<FileTree> trees)
    {
        if (!UnitDirectories.All.Any(directory => trees.Any(tree => tree.Contains(directory.Child(unit)))))
        {
            var others = UnitDirectories.All.SelectMany(directory => trees[0].Children(directory))
                .Where(child => child.Entry is not DirectoryEntry)
                .Select(child => TreePath.Describe(child.Path.Name));
            reporter.Report(ImageDiagnostics.UnitNotFound.Create(
                $"The unit '{unit}' is not in the tree. The extension's units are: {string.Join(", ", others)}.",
                item));
        }
    }

    private void CheckAgainst(string otherName, string name, FileTree tree, FileTree other)
    {
        foreach (var (path, entry) in tree.Items)
        {
            if (!other.TryGet(path, out var otherEntry))
            {
                continue;
            }

            if (entry is DirectoryEntry && otherEntry is SymlinkEntry link)
            {
                reporter.Report(ImageDiagnostics.DirectoryOverSymlink.Create(
                    $"'/{path}' is a directory in {name} and a symbolic link to '{TreePath.Describe(link.Target.Span)}' in {otherName}; "
                    + "merged, the directory would hide all that is reached through the link. Put the files below the link's target."));
            }
            else if (entry is SymlinkEntry && otherEntry is DirectoryEntry)
            {
                reporter.Report(ImageDiagnostics.DirectoryOverSymlink.Create(
                    $"'/{path}' is a symbolic link in {name} and a directory in {otherName}; merged, the link would hide all that the directory holds."));
            }
        }
    }

    private void CheckSharedPaths(string name, FileTree tree, ReferencedExtension other)
    {
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is not DirectoryEntry && other.Tree.TryGet(path, out var otherEntry) && otherEntry is not DirectoryEntry)
            {
                var same = FileTreeOperations.SameContent(entry, otherEntry) ? "the same" : "not the same";
                reporter.Report(ImageDiagnostics.PathInTwoExtensions.Create(
                    $"'/{path}' is in the extensions {name} and {other.Name}, and {same}; which one counts depends on their names."));
            }
        }
    }

    private void CheckHiddenFiles(ExtensionDefinition definition, FileTree tree, FileTree baseTree)
    {
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is not DirectoryEntry
                && baseTree.TryGet(path, out var baseEntry)
                && baseEntry is not DirectoryEntry
                && !FileTreeOperations.SameContent(entry, baseEntry))
            {
                reporter.Report(ImageDiagnostics.HidesBaseFile.Create(
                    $"'/{path}' of {definition.Name} hides another file of the base."));
            }
        }
    }
}
