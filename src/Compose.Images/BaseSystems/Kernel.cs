using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.BaseSystems;

/// <summary>Where a kernel is in a tree: <c>/usr/lib/modules/RELEASE/vmlinuz</c>, beside its modules.</summary>
internal static class Kernel
{
    private static readonly TreePath Boot = TreePath.Parse("boot");
    private static readonly TreePath Modules = TreePath.Parse("usr/lib/modules");

    private static ReadOnlySpan<byte> ImagePrefix => "vmlinuz-"u8;

    /// <summary>Moves <c>/boot/vmlinuz-RELEASE</c> to its modules.</summary>
    public static FileTree MoveToModules(FileTree tree)
    {
        var builder = new FileTreeBuilder(tree);
        foreach (var (path, entry) in tree.Children(Boot))
        {
            if (entry is FileEntry && path.Name.StartsWith(ImagePrefix))
            {
                builder.Remove(path);
                builder.Set(Modules.Child(path.Name[ImagePrefix.Length..]).Child("vmlinuz"), entry);
            }
        }

        return builder.Build();
    }

    /// <summary>The release of the only kernel in the tree.</summary>
    /// <exception cref="DiagnosticException">There is none, or more than one.</exception>
    public static string ReleaseOf(FileTree tree)
    {
        var releases = tree.Children(Modules)
            .Where(child => tree.Contains(child.Path.Child("vmlinuz")))
            .Select(child => TreePath.Describe(child.Path.Name))
            .ToArray();
        return releases switch
        {
            [var release] => release,
            [] => throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create(
                "The base system has no kernel: name a package that brings /boot/vmlinuz-*, such as linux-image-cloud-amd64.")),
            _ => throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create(
                $"The base system has more than one kernel: {string.Join(", ", releases)}. Name one kernel package.")),
        };
    }

    /// <summary>The kernel's image.</summary>
    public static FileEntry ImageOf(FileTree tree, string release) =>
        tree.TryGet(Modules.Child(release).Child("vmlinuz"), out var entry) && entry is FileEntry file
            ? file
            : throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create($"The base system has no kernel image for {release}."));
}
