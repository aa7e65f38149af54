using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Formats.KernelModules;
using Compose.Images.Declarations;
using Compose.Images.Trees;

namespace Compose.Images.BaseSystems;

/// <summary>
/// Makes a base system of packages: everything below /usr, with <c>/usr/share/flatcar/etc</c> as the lower layer of the
/// overlay on /etc, and the initrd that mounts it. No maintainer script is run.
/// </summary>
public sealed class BaseSystemBuilder(IDiagnosticReporter reporter)
{
    /// <summary>The lower layer of the overlay on /etc.</summary>
    public static readonly TreePath EtcLayer = TreePath.Parse("usr/share/flatcar/etc");

    private static readonly TreePath Library = TreePath.Parse("usr/lib");
    private static readonly TreePath Etc = TreePath.Parse("etc");
    private static readonly TreePath Usr = TreePath.Parse("usr");
    private static readonly TreePath Var = TreePath.Parse("var");
    private static readonly TreePath OsRelease = TreePath.Parse("usr/lib/os-release");

    /// <summary>Composes the system and its initrd.</summary>
    /// <exception cref="DiagnosticException">The system cannot be made. Other findings go to the reporter.</exception>
    public BaseSystem Build(BaseSystemDefinition definition, CancellationToken cancellationToken = default)
    {
        PackageLayers.ReportScripts(definition.Packages, reporter);
        var inputs = PackageLayers.Merge(definition.Packages, definition.Inputs, reporter);
        var epoch = definition.SourceDateEpoch ?? SourceDate.NewestOf(inputs);
        var release = definition.Release.ToReleaseFile().ToString();

        var system = Kernel.MoveToModules(inputs);
        var kernelRelease = Kernel.ReleaseOf(system);
        system = system.Exclude(definition.Exclusions.Patterns).Layer(definition.Declared.MakeFileTree()).Layer(definition.Files);
        system = definition.Declared.Apply(CertificateBundle.Add(system), IsInImage, reporter);
        system = WithText(system, OsRelease, release);
        system = MoveToUsr(system, definition.Declared);
        system = definition.Declared.AddGeneratedFiles(system, definition.Release.Id, Library);
        definition.Declared.CheckUnitSettings([system], reporter);
        cancellationToken.ThrowIfCancellationRequested();

        // depmod runs in the kernel package's script; without its indexes no module is found.
        var modules = KernelModuleSet.Read(system, kernelRelease, cancellationToken);
        system = system.Layer(modules.ToTree());
        var initrd = new InitrdBuilder(reporter).Build(definition, release).Layer(modules.Select(definition.InitrdModules).ToTree());
        return new BaseSystem(SourceDate.Apply(system, epoch), SourceDate.Apply(initrd, epoch), kernelRelease, epoch);
    }

    internal static FileTree WithText(FileTree tree, TreePath path, string text) =>
        new FileTreeBuilder(tree).Set(path, new FileEntry(EntryMetadata.File, new BytesContent(text))).Build();

    private static bool IsInImage(TreePath path) => path.IsWithin(Usr);

    /// <summary>Only /usr is in the image: /etc becomes a layer in it, directories of /var are made at boot.</summary>
    private static FileTree MoveToUsr(FileTree system, DeclaredContent declared)
    {
        system = TreeConflicts.Guard("the base system", () => system.Relocate(Etc, EtcLayer));
        byte[] rules =
        [
            .. StateDirectories.DirectoryRules(system.Where(item => item.Path.IsWithin(Var) && item.Entry is DirectoryEntry)),
            .. DirectoryDefinition.Rules(declared.Directories, IsInImage),
        ];
        system = system.Where(item => item.Path.IsWithin(Usr));
        return rules.Length == 0
            ? system
            : new FileTreeBuilder(system)
                .Set("usr/lib/tmpfiles.d/10-packages.conf", new FileEntry(EntryMetadata.File, new BytesContent(rules)))
                .Build();
    }
}
