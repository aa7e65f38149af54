using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Images.Trees;

namespace Compose.Images.BaseSystems;

/// <summary>Makes the initrd: systemd from packages, and the modules that find and mount /usr and the root.</summary>
internal sealed class InitrdBuilder(IDiagnosticReporter reporter)
{
    private static readonly TreePath Usr = TreePath.Parse("usr");

    /// <summary>The folders that programs expect at the root of a merged /usr, and that packages no longer bring.</summary>
    private static readonly string[] UsrMergeLinks = ["bin", "sbin", "lib", "lib64"];

    /// <summary>What only a running system needs. Modules are picked from the base system's kernel instead.</summary>
    private static readonly Glob[] Unneeded = [new("boot"), new("usr/lib/modules"), new("var"), new("usr/share/ca-certificates")];

    /// <summary>Composes the initrd.</summary>
    /// <param name="definition">What the project says.</param>
    /// <param name="osRelease">The text of os-release.</param>
    public FileTree Build(BaseSystemDefinition definition, string osRelease)
    {
        if (definition.InitrdPackages.Count == 0)
        {
            throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create(
                "The base system has no initrd: name its packages as InitrdPackage items, systemd first."));
        }

        var exclusions = new DefaultExclusions().Patterns
            .Concat(Unneeded)
            .Concat(definition.InitrdExclusions.Select(pattern => new Glob(pattern)))
            .ToArray();
        var initrd = PackageLayers.Merge(definition.InitrdPackages, [], reporter).Exclude(exclusions).Layer(definition.InitrdFiles);

        var builder = new FileTreeBuilder(initrd);
        foreach (var name in UsrMergeLinks)
        {
            if (initrd.Contains(Usr.Child(name)) && !initrd.Contains(TreePath.Root.Child(name)))
            {
                builder.Set(name, new SymlinkEntry($"usr/{name}"));
            }
        }

        foreach (var name in (string[])["dev", "proc", "run", "sys", "sysroot", "tmp", "var"])
        {
            if (builder[TreePath.Parse(name)] is null)
            {
                builder.Set(name, new DirectoryEntry(EntryMetadata.Directory));
            }
        }

        // systemd takes an initrd for one by this file; an empty machine-id is filled in memory.
        builder.SetText("usr/lib/os-release", osRelease);
        builder.SetText("usr/lib/initrd-release", osRelease);
        builder.Set("etc/os-release", new SymlinkEntry("../usr/lib/os-release"));
        builder.Set("etc/initrd-release", new SymlinkEntry("../usr/lib/initrd-release"));
        builder.SetText("etc/machine-id", "");
        builder.Set("init", new SymlinkEntry("usr/lib/systemd/systemd"));
        initrd = TreeConflicts.Guard("the initrd", builder.Build);
        if (!initrd.Contains(TreePath.Parse("usr/lib/systemd/systemd")))
        {
            throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create(
                "The initrd has no systemd: name systemd as an InitrdPackage item."));
        }

        return initrd;
    }
}
