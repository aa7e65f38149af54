using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>Finds depmod's files that hide the base's, and kernel modules for a kernel that the base does not have.</summary>
internal sealed class KernelModuleCheck : IExtensionCheck
{
    private static readonly TreePath Modules = TreePath.Parse("usr/lib/modules");

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var kernels = KernelsOf(extension.BaseTree);
        foreach (var (directory, entry) in extension.Tree.Children(Modules))
        {
            if (entry is not DirectoryEntry)
            {
                continue;
            }

            if (extension.BaseTree is not null && !kernels.Contains(directory))
            {
                // A base without any kernel, of a container for example, runs on one that is not known.
                if (kernels.Count > 0)
                {
                    ReportModules(extension, directory, kernels, reporter);
                }

                continue;
            }

            foreach (var item in extension.Tree.Children(directory))
            {
                if (item.Entry is not DirectoryEntry && item.Path.Name.StartsWith("modules."u8))
                {
                    reporter.Report(extension.Finding(
                        ImageDiagnostics.ModuleIndexInExtension,
                        item,
                        $"'/{item.Path}' is a file of depmod; merged, it hides that of the base and of other extensions, whose modules are no longer found."));
                }
            }
        }
    }

    private static List<TreePath> KernelsOf(FileTree? baseTree) =>
        baseTree is null ? [] : [.. baseTree.Children(Modules).Where(item => item.Entry is DirectoryEntry).Select(item => item.Path)];

    private static void ReportModules(CheckedExtension extension, TreePath directory, IEnumerable<TreePath> kernels, IDiagnosticReporter reporter)
    {
        var has = string.Join(", ", kernels.Select(kernel => TreePath.Describe(kernel.Name)));
        foreach (var item in extension.Tree.Subtree(directory))
        {
            var name = item.Path.Name;
            if (item.Entry is FileEntry
                && (name.EndsWith(".ko"u8) || name.EndsWith(".ko.xz"u8) || name.EndsWith(".ko.zst"u8) || name.EndsWith(".ko.gz"u8)))
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.ModulesOfOtherKernel,
                    item,
                    $"'/{item.Path}' is for the kernel {TreePath.Describe(directory.Name)}; the base has {has}."));
            }
        }
    }
}
