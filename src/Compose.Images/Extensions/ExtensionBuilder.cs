using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Images.ReleaseFiles;
using Compose.Images.Trees;

namespace Compose.Images.Extensions;

/// <summary>Makes the tree of an extension.</summary>
public sealed class ExtensionBuilder(IDiagnosticReporter reporter)
{
    private static readonly TreePath Etc = TreePath.Parse("etc");
    private static readonly TreePath Usr = TreePath.Parse("usr");
    private static readonly TreePath Opt = TreePath.Parse("opt");
    private static readonly TreePath Var = TreePath.Parse("var");
    private static readonly TreePath UnitDirectory = TreePath.Parse("usr/lib/systemd/system");

    /// <summary>
    /// Layers the packages, the other inputs and the project's files, moves what is for /etc, writes extension-release and drop-ins, and
    /// checks the result against the base and the referenced extensions.
    /// </summary>
    /// <param name="definition">What the project says.</param>
    /// <param name="baseTree">The base that the extension is made for; null for none.</param>
    /// <param name="references">The extensions that are merged with it.</param>
    /// <exception cref="DiagnosticException">The extension cannot be made. Other findings go to the reporter.</exception>
    public FileTree Build(ExtensionDefinition definition, FileTree? baseTree, IReadOnlyList<ReferencedExtension> references)
    {
        ExtensionRelease.CheckName(definition.Name);
        PackageLayers.ReportScripts(definition.Packages, reporter);
        CheckFiles(definition.Files);

        var inputs = PackageLayers.Merge(definition.Packages, definition.Inputs, reporter);
        var epoch = definition.SourceDateEpoch ?? SourceDate.NewestOf(inputs);
        var tree = inputs.Exclude(definition.Exclusions.Patterns).Layer(definition.Files);
        tree = Symlinks.Add(tree, definition.Symlinks);
        tree = DropEmptyStubs(MoveToUsr(tree, definition.Name));
        if (tree.Count == 1)
        {
            throw new DiagnosticException(ImageDiagnostics.EmptyExtension.Create(
                $"'{definition.Name}' would hold nothing. Name a DebianPackage that the base lacks or an Archive, or put files below files/usr."));
        }

        tree = AddRelease(tree, definition, baseTree is null ? null : ExtensionRelease.OsReleaseOf(baseTree));
        tree = AddDropIns(tree, definition.Units);
        new ExtensionChecks(reporter).Check(definition, tree, baseTree, references);
        return SourceDate.Apply(tree, epoch);
    }

    /// <summary>What an author puts outside /usr, /opt and /etc is a mistake; what a package does is its nature.</summary>
    private static void CheckFiles(FileTree files)
    {
        foreach (var (path, entry) in files.Items)
        {
            if (entry is not DirectoryEntry && !path.IsWithin(Usr) && !path.IsWithin(Opt) && !path.IsWithin(Etc))
            {
                throw new DiagnosticException(ImageDiagnostics.OutsideUsrAndOpt.AsError().Create(
                    $"'files/{path}' is outside usr, opt and etc, and would not be merged. Move it, or write a tmpfiles.d rule that makes it."));
            }
        }
    }

    /// <summary>Configuration is copied to /etc at boot, directories in /var are made there; the rest cannot be had.</summary>
    private FileTree MoveToUsr(FileTree tree, string name)
    {
        var etc = tree.Where(item => item.Path.IsWithin(Etc));
        var source = TreePath.Parse("usr/share").Child(name).Child("etc");
        byte[] rules =
        [
            .. StateDirectories.CopyRules(etc, "/" + source),
            .. StateDirectories.DirectoryRules(tree.Where(item => item.Path.IsWithin(Var) && item.Entry is DirectoryEntry)),
        ];
        tree = TreeConflicts.Guard(name, () => tree.Relocate(Etc, source));

        var lost = new List<TreePath>();
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is not DirectoryEntry && !path.IsWithin(Usr) && !path.IsWithin(Opt))
            {
                lost.Add(path);
            }
        }

        if (lost.Count > 0)
        {
            reporter.Report(ImageDiagnostics.OutsideUsrAndOpt.Create(
                $"Left out, as an extension holds only /usr and /opt: {string.Join(", ", lost.Select(path => $"/{path}"))}."));
        }

        tree = tree.Where(item => item.Path.IsWithin(Usr) || item.Path.IsWithin(Opt));
        return rules.Length == 0
            ? tree
            : new FileTreeBuilder(tree)
                .Set($"usr/lib/tmpfiles.d/10-{name}.conf", new FileEntry(EntryMetadata.File, new BytesContent(rules)))
                .Build();
    }

    /// <summary>/usr and /opt without anything in them say nothing.</summary>
    private static FileTree DropEmptyStubs(FileTree tree) =>
        tree.Where(item => item.Path.Depth > 1 || item.Entry is not DirectoryEntry);

    private static FileTree AddRelease(FileTree tree, ExtensionDefinition definition, ReleaseFile? baseRelease)
    {
        var release = ExtensionRelease.Create(definition.Release, definition.Units.Count > 0, baseRelease);
        var path = ExtensionRelease.PathFor(definition.Name);
        return new FileTreeBuilder(tree)
            .Set(path, new FileEntry(EntryMetadata.File, new BytesContent(release.ToString())))
            .Build();
    }

    private static FileTree AddDropIns(FileTree tree, IReadOnlyList<UnitDefinition> units)
    {
        var builder = new FileTreeBuilder(tree);
        foreach (var unit in units)
        {
            if (unit.UpheldBy is not { Length: > 0 } target)
            {
                continue;
            }

            var dropIn = UnitDirectory.Child(target + ".d").Child($"10-{unit.Name.Replace('.', '-')}.conf");
            builder.Set(dropIn, new FileEntry(
                EntryMetadata.File,
                new BytesContent(Encoding.UTF8.GetBytes($"[Unit]\nUpholds={unit.Name}\n"))));
        }

        return builder.Build();
    }
}
