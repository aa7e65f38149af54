using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Trees;

/// <summary>Makes one tree of the trees of packages.</summary>
public static class PackageLayers
{
    /// <summary>The folders that a merged /usr replaces by links (UAPI: usr-merge).</summary>
    private static readonly string[] UsrMergeNames = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>
    /// Merges the packages in the order of their names. What is below <c>/bin</c>, <c>/sbin</c> and <c>/lib*</c> goes
    /// below <c>/usr</c>. Directories merge and the first package's metadata stays; where two packages hold different
    /// things at one path, the later name wins and a warning says so.
    /// </summary>
    public static FileTree Merge(IEnumerable<PackageInput> packages, IDiagnosticReporter reporter)
    {
        var builder = new FileTreeBuilder();
        var owners = new Dictionary<TreePath, string>();
        foreach (var package in packages.OrderBy(package => package.Name, StringComparer.Ordinal))
        {
            foreach (var (path, entry) in MergeUsr(package).Items)
            {
                var existing = builder[path];
                if (existing is null)
                {
                    builder.Set(path, entry);
                    owners[path] = package.Name;
                }
                else if (!FileTreeOperations.SameContent(existing, entry))
                {
                    reporter.Report(ImageDiagnostics.PathInTwoPackages.Create(
                        $"'/{path}' is in the packages {owners[path]} and {package.Name}, and not the same; {package.Name}'s is taken.",
                        package.Name));
                    builder.Set(path, entry);
                    owners[path] = package.Name;
                }
            }
        }

        return TreeConflicts.Guard("the packages", builder.Build);
    }

    /// <summary>Reports each package whose scripts were left out.</summary>
    public static void ReportScripts(IEnumerable<PackageInput> packages, IDiagnosticReporter reporter)
    {
        foreach (var package in packages.Where(package => package.MaintainerScripts.Count > 0))
        {
            reporter.Report(ImageDiagnostics.ScriptNotRun.Create(
                $"{package.Name} {package.Version} has maintainer scripts that were not run: {string.Join(", ", package.MaintainerScripts)}. "
                + "Declare what they do: users in sysusers.d, directories in tmpfiles.d, alternatives as Symlink items.",
                package.Name));
        }
    }

    private static FileTree MergeUsr(PackageInput package)
    {
        var tree = package.Tree;
        foreach (var name in UsrMergeNames)
        {
            var path = TreePath.Parse(name);
            tree = tree.TryGet(path, out var entry) && entry is SymlinkEntry
                ? tree.Where(item => item.Path != path)
                : TreeConflicts.Guard($"the package {package.Name}", () => tree.Relocate(path, TreePath.Parse("usr").Append(path)));
        }

        return tree;
    }
}
