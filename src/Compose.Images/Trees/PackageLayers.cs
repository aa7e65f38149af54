using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Packages.Inputs;

namespace Compose.Images.Trees;

/// <summary>Makes one tree of the trees of packages and other inputs.</summary>
public static class PackageLayers
{
    /// <summary>The folders that a merged /usr replaces by links (UAPI: usr-merge).</summary>
    private static readonly string[] UsrMergeNames = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>
    /// Merges the packages in the order of their names, then the other inputs in their own order. What is below
    /// <c>/bin</c>, <c>/sbin</c> and <c>/lib*</c> goes below <c>/usr</c>. Directories merge and the first one's metadata
    /// stays; where two inputs hold different things at one path, the later one's is taken and a warning says so.
    /// </summary>
    /// <param name="packages">The packages.</param>
    /// <param name="inputs">The other inputs.</param>
    /// <param name="reporter">Takes the warnings.</param>
    /// <param name="origins">Told from which input each entry is; null when nobody asks.</param>
    public static FileTree Merge(
        IEnumerable<PackageInput> packages, IEnumerable<InputTree> inputs, IDiagnosticReporter reporter, ContentOrigins? origins = null)
    {
        var builder = new FileTreeBuilder();
        var owners = new Dictionary<TreePath, string>();
        var conflicts = new List<Diagnostic>();
        var layers = packages.OrderBy(package => package.Name, StringComparer.Ordinal)
            .Select(package => new InputTree(package.Name, package.Version, package.Tree))
            .Concat(inputs);
        foreach (var layer in layers)
        {
            foreach (var (path, entry) in MergeUsr(layer).Items)
            {
                var existing = builder[path];
                if (existing is null)
                {
                    builder.Set(path, entry);
                    owners[path] = layer.Name;
                    origins?.Add(entry, layer.Item);
                }
                else if (!FileTreeOperations.SameContent(existing, entry))
                {
                    conflicts.Add(ImageDiagnostics.PathInTwoInputs.Create(
                        $"'/{path}' is in {owners[path]} and in {layer.Name}, and not the same; that of {layer.Name} is taken.",
                        layer.Item) with { Path = $"/{path}" });
                    builder.Set(path, entry);
                    owners[path] = layer.Name;
                    origins?.Add(entry, layer.Item);
                }
            }
        }

        reporter.ReportFindings(conflicts);
        return TreeConflicts.Guard("the inputs", builder.Build);
    }

    /// <summary>Reports each package whose scripts were left out.</summary>
    public static void ReportScripts(IEnumerable<PackageInput> packages, IDiagnosticReporter reporter)
    {
        foreach (var package in packages.Where(package => package.MaintainerScripts.Count > 0))
        {
            reporter.Report(ImageDiagnostics.ScriptNotRun.Create(
                $"{package.Name} {package.Version} has maintainer scripts that were not run: {string.Join(", ", package.MaintainerScripts)}. "
                + "Declare what they do: users as SystemUser items, directories as Directory items, alternatives as Symlink items.",
                package.Name));
        }
    }

    private static FileTree MergeUsr(InputTree input)
    {
        var tree = input.Tree;
        foreach (var name in UsrMergeNames)
        {
            var path = TreePath.Parse(name);
            tree = tree.TryGet(path, out var entry) && entry is SymlinkEntry
                ? tree.Where(item => item.Path != path)
                : TreeConflicts.Guard(input.Name, () => tree.Relocate(path, TreePath.Parse("usr").Append(path)));
        }

        return tree;
    }
}
