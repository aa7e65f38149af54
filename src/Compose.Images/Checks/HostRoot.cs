using Compose.FileTrees;
using Compose.Images.BaseSystems;
using Compose.Images.Extensions;

namespace Compose.Images.Checks;

/// <summary>What the root of a host has beside /usr and /opt, as far as the trees tell.</summary>
internal static class HostRoot
{
    /// <summary>The links that systemd makes on a root without them (UAPI: usr-merge).</summary>
    private static readonly string[] UsrMergeNames = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    private static readonly TreePath Etc = TreePath.Parse("etc");
    private static readonly TreePath Share = TreePath.Parse("usr/share");

    /// <summary>The tree: links into /usr, and /etc of the base's layer.</summary>
    /// <param name="baseTree">The base; null for none.</param>
    public static FileTree Of(FileTree? baseTree) => Builder(baseTree).Build();

    /// <summary>The same with what extensions copy to /etc as the host boots.</summary>
    public static FileTree Create(CheckedExtension extension)
    {
        var builder = Builder(extension.BaseTree);
        if (extension.Definition.Kind == ExtensionKind.System)
        {
            Copy(extension.Tree, EtcSource(extension.Name), builder);
        }

        foreach (var reference in extension.References)
        {
            Copy(reference.Tree, EtcSource(reference.Name), builder);
        }

        return builder.Build();
    }

    private static FileTreeBuilder Builder(FileTree? baseTree)
    {
        var builder = new FileTreeBuilder();
        foreach (var name in UsrMergeNames)
        {
            builder.Set(name, new SymlinkEntry($"usr/{name}"));
        }

        if (baseTree is not null)
        {
            Copy(baseTree, BaseSystemBuilder.EtcLayer, builder);
        }

        return builder;
    }

    /// <summary>Where a system extension keeps what is copied to /etc at boot.</summary>
    public static TreePath EtcSource(string extension) => Share.Child(extension).Child("etc");

    /// <summary>Puts what is in a folder below /etc, but for what is there already.</summary>
    private static void Copy(FileTree tree, TreePath source, FileTreeBuilder builder)
    {
        foreach (var (path, entry) in tree.Subtree(source))
        {
            var target = Etc.Append(path.RelativeTo(source));
            if (builder[target] is null && IsDirectory(builder, target.Parent))
            {
                builder.Set(target, entry);
            }
        }
    }

    /// <summary>What is copied to a place where the base has no directory comes to nothing.</summary>
    private static bool IsDirectory(FileTreeBuilder builder, TreePath path) => path.IsRoot || builder[path] is DirectoryEntry;
}
