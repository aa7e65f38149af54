using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Executables;
using Compose.Images.Checks.Layout;
using Compose.Images.Checks.Merging;
using Compose.Images.Checks.Sets;
using Compose.Images.Checks.Units;

namespace Compose.Images.Checks;

/// <summary>All checks of an extension, in the order in which they report.</summary>
internal static class ExtensionChecks
{
    private static readonly IReadOnlyList<IExtensionCheck> All =
    [
        new OsReleaseCheck(),
        new BaseLevelCheck(),
        new PromisedUnitsCheck(),
        new UnitSettingsCheck(),
        new DirectoryOverLinkCheck(),
        new HiddenFilesCheck(),
        new ExtensionSetCheck(),
        new OverlayMarkCheck(),
        new DirectoryMetadataCheck(),
        new OwnerCheck(),
        new PrivilegedFileCheck(),
        new WorldWritableCheck(),
        new SpecialFileCheck(),
        new FileNameCheck(),
        new LinkAboveRootCheck(),
        new BuildFolderCheck(),
        new KernelModuleCheck(),
        new PackageDatabaseCheck(),
        new StateFolderCheck(),
        new MergeOrderCheck(),
        new DanglingLinkCheck(),
        new SecurityLabelCheck(),
        new UnitChecks(),
        new ExecutablesCheck(),
        new DotnetRuntimeCheck(),
    ];

    /// <summary>Finds what would go wrong when an extension is merged.</summary>
    public static void Run(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var check in All)
        {
            var collector = new FindingCollector();
            check.Check(extension, collector);
            reporter.ReportFindings([.. collector.Findings.Select(finding => Locate(finding, extension))]);
        }
    }

    /// <summary>Says what brought a path that a finding is about: an item, or a file of the project's own.</summary>
    private static Diagnostic Locate(Diagnostic finding, CheckedExtension extension)
    {
        if (finding is not { Path: not null, Item: null, SourceFile: null }
            || !TreePath.TryParse(Encoding.UTF8.GetBytes(finding.Path), out var path)
            || !extension.Tree.TryGet(path, out var entry))
        {
            return finding;
        }

        if (extension.Origins.ItemOf(entry) is null && entry is DirectoryEntry)
        {
            // A folder of the project's own is there because of what is in it.
            entry = FirstFileBelow(extension.Tree, path) ?? entry;
        }

        if (extension.Origins.ItemOf(entry) is { } item)
        {
            return finding with { Item = item };
        }

        return entry is FileEntry { Content: HostFileContent file } ? finding with { SourceFile = file.Path } : finding;
    }

    private static TreeEntry? FirstFileBelow(FileTree tree, TreePath path)
    {
        foreach (var (_, entry) in tree.Subtree(path))
        {
            if (entry is not DirectoryEntry)
            {
                return entry;
            }
        }

        return null;
    }
}
