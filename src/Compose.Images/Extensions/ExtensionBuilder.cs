using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Images.BaseSystems;
using Compose.Images.Checks;
using Compose.Images.Declarations;
using Compose.Images.ReleaseFiles;
using Compose.Images.Trees;

namespace Compose.Images.Extensions;

/// <summary>Makes the tree of an extension.</summary>
public sealed class ExtensionBuilder(IDiagnosticReporter reporter)
{
    private static readonly TreePath Etc = TreePath.Parse("etc");
    private static readonly TreePath Run = TreePath.Parse("run");
    private static readonly TreePath Var = TreePath.Parse("var");

    /// <summary>
    /// Layers the packages, the other inputs and the project's files, moves what is for /etc, writes extension-release and drop-ins, and
    /// checks the result against the base and the referenced extensions.
    /// </summary>
    /// <param name="definition">What the project says.</param>
    /// <param name="baseTree">The base that the extension is made for; null for none.</param>
    /// <param name="references">The extensions that are merged with it.</param>
    /// <param name="cancellationToken">Ends the checks that run other programs.</param>
    /// <exception cref="DiagnosticException">The extension cannot be made. Other findings go to the reporter.</exception>
    public FileTree Build(
        ExtensionDefinition definition,
        FileTree? baseTree,
        IReadOnlyList<ReferencedExtension> references,
        CancellationToken cancellationToken = default)
    {
        ExtensionRelease.CheckName(definition.Name);
        PackageLayers.ReportScripts(definition.Packages, reporter);
        CheckFiles(definition);
        foreach (var unit in definition.Units)
        {
            unit.Check();
        }

        var origins = new ContentOrigins();
        var inputs = PackageLayers.Merge(definition.Packages, definition.Inputs, reporter, origins);
        var epoch = definition.SourceDateEpoch ?? SourceDate.NewestOf(inputs, baseTree);
        var tree = inputs.Exclude(definition.Exclusions.Patterns).Layer(definition.Declared.MakeFileTree(origins)).Layer(definition.Files);
        tree = definition.Declared.Apply(tree, Traits(definition).Holds, reporter, origins);
        tree = DropEmptyStubs(definition.Kind == ExtensionKind.System ? MoveToUsr(tree, definition, origins) : KeepEtc(tree, definition, origins));
        tree = definition.Declared.AddGeneratedFiles(tree, definition.Name, Traits(definition).DeclarationsFolder);
        if (tree.Count == 1)
        {
            throw new DiagnosticException(ImageDiagnostics.EmptyExtension.Create(
                $"'{definition.Name}' would hold nothing. Name a DebianPackage that the base lacks or an Archive, or put files below files/{Traits(definition).Hierarchies[0]}."));
        }

        tree = AddRelease(tree, definition, baseTree is null ? null : ExtensionRelease.OsReleaseOf(baseTree));
        tree = AddDropIns(tree, definition);
        ExtensionChecks.Run(
            new()
            {
                Definition = definition,
                Tree = tree,
                BaseTree = AsMerged(baseTree, definition.Kind),
                References = references,
                Origins = origins,
                CancellationToken = cancellationToken,
            },
            reporter);
        return SourceDate.Apply(tree, epoch);
    }

    /// <summary>The base as a running host has it, where a configuration extension is merged: its /etc is a layer below its /usr.</summary>
    private static FileTree? AsMerged(FileTree? baseTree, ExtensionKind kind) =>
        baseTree is null || kind == ExtensionKind.System
            ? baseTree
            : TreeConflicts.Guard("the base", () => baseTree.Relocate(BaseSystemBuilder.EtcLayer, Etc));

    /// <summary>What an author puts outside /usr, /opt and /etc is a mistake; what a package does is its nature.</summary>
    private static void CheckFiles(ExtensionDefinition definition)
    {
        var traits = Traits(definition);
        foreach (var (path, entry) in definition.Files.Items)
        {
            if (entry is not DirectoryEntry && !path.IsWithin(Etc) && !traits.Holds(path))
            {
                throw new DiagnosticException(ImageDiagnostics.OutsideUsrAndOpt.AsError().Create(
                    definition.Kind == ExtensionKind.System
                        ? $"'files/{path}' is outside usr, opt and etc, and would not be merged. Move it, or write a tmpfiles.d rule that makes it."
                        : $"'files/{path}' is outside etc, and a configuration extension holds nothing else. Move it to a system extension."));
            }
        }
    }

    /// <summary>Configuration is copied to /etc at boot, directories in /var and /run are made there; the rest cannot be had.</summary>
    private FileTree MoveToUsr(FileTree tree, ExtensionDefinition definition, ContentOrigins origins)
    {
        var name = definition.Name;
        var etc = tree.Where(item => item.Path.IsWithin(Etc));
        var source = TreePath.Parse("usr/share").Child(name).Child("etc");
        byte[] rules =
        [
            .. StateDirectories.CopyRules(etc, "/" + source),
            .. StateDirectories.DirectoryRules(tree.Where(item => IsMadeAtBoot(item.Path) && item.Entry is DirectoryEntry)),
            .. DirectoryDefinition.Rules(definition.Declared.Directories, Traits(definition).Holds),
        ];
        tree = KeepMerged(TreeConflicts.Guard(name, () => tree.Relocate(Etc, source)), ExtensionKind.System, origins);
        return WithRules(tree, definition, rules);
    }

    /// <summary>Configuration is in its place; the project's directories elsewhere are made at boot.</summary>
    private FileTree KeepEtc(FileTree tree, ExtensionDefinition definition, ContentOrigins origins) => WithRules(
        KeepMerged(tree, definition.Kind, origins), definition, DirectoryDefinition.Rules(definition.Declared.Directories, Traits(definition).Holds));

    private static FileTree WithRules(FileTree tree, ExtensionDefinition definition, byte[] rules)
    {
        if (rules.Length == 0)
        {
            return tree;
        }

        var builder = new FileTreeBuilder(tree);
        DeclaredContent.AddGenerated(builder, Traits(definition).DeclarationsFolder.Append(TreePath.Parse($"tmpfiles.d/10-{definition.Name}.conf")), rules);
        return builder.Build();
    }

    private static bool IsMadeAtBoot(TreePath path) => path.IsWithin(Var) || path.IsWithin(Run);

    /// <summary>What is outside the merged folders cannot be had.</summary>
    private FileTree KeepMerged(FileTree tree, ExtensionKind kind, ContentOrigins origins)
    {
        var traits = ExtensionTraits.Of(kind);
        var lost = new List<Diagnostic>();
        for (var i = 1; i < tree.Count; i++)
        {
            // A directory is worth a word when it is empty: else what it holds is named.
            var (path, entry) = tree[i];
            var isLost = entry is not DirectoryEntry
                || (path.Depth > 1 && tree.EndOfSubtree(i) == i + 1 && !(kind == ExtensionKind.System && IsMadeAtBoot(path)));
            if (isLost && !traits.Holds(path))
            {
                lost.Add(ImageDiagnostics.OutsideUsrAndOpt.Create(
                    $"'/{path}' is left out, as an extension of this kind holds only {traits.HierarchyNames}.", origins.ItemOf(entry), origins.TraitsOf(entry))
                    with { Path = $"/{path}" });
            }
        }

        reporter.ReportFindings(lost);
        return tree.Where(item => traits.Holds(item.Path));
    }

    /// <summary>Folders such as /usr without anything in them say nothing.</summary>
    private static FileTree DropEmptyStubs(FileTree tree) =>
        tree.Where(item => item.Path.Depth > 1 || item.Entry is not DirectoryEntry);

    private static FileTree AddRelease(FileTree tree, ExtensionDefinition definition, ReleaseFile? baseRelease)
    {
        var hasUnits = definition.Units.Count + definition.Declared.UnitSettings.Count > 0;
        var release = ExtensionRelease.Create(definition.Release, hasUnits, baseRelease, definition.Kind);
        var path = ExtensionRelease.PathFor(definition.Name, definition.Kind);
        return new FileTreeBuilder(tree)
            .Set(path, new FileEntry(EntryMetadata.File, new BytesContent(release.ToString())))
            .Build();
    }

    private static ExtensionTraits Traits(ExtensionDefinition definition) => ExtensionTraits.Of(definition.Kind);

    private static FileTree AddDropIns(FileTree tree, ExtensionDefinition definition)
    {
        var builder = new FileTreeBuilder(tree);
        foreach (var unit in definition.Units)
        {
            if (unit.UpheldBy is not { Length: > 0 } target)
            {
                continue;
            }

            var dropIn = Traits(definition).UnitDirectories[0].Child(target + ".d").Child($"10-{unit.Name.Replace('.', '-')}.conf");
            DeclaredContent.AddGenerated(builder, dropIn, Encoding.UTF8.GetBytes($"[Unit]\nUpholds={unit.Name}\n"));
        }

        return builder.Build();
    }
}
