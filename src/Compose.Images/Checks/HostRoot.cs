using Compose.FileTrees;
using Compose.Images.BaseSystems;

namespace Compose.Images.Checks;

/// <summary>What a host has beside the trees that are merged: the links into /usr, and the base's /etc.</summary>
internal static class HostRoot
{
    private static readonly TreePath Etc = TreePath.Parse("etc");

    /// <summary>The folders that are in /usr since the merge of /usr (file-hierarchy(7)).</summary>
    private static readonly string[] MergedFolders = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>Makes the layer that is below all others.</summary>
    /// <param name="baseTree">The base, if there is one.</param>
    public static FileTree Of(FileTree? baseTree)
    {
        var builder = new FileTreeBuilder();
        foreach (var folder in MergedFolders)
        {
            builder.Set(folder, new SymlinkEntry($"usr/{folder}"));
        }

        if (baseTree is not null)
        {
            foreach (var (path, entry) in baseTree.Subtree(BaseSystemBuilder.EtcLayer))
            {
                builder.Set(Etc.Append(path.RelativeTo(BaseSystemBuilder.EtcLayer)), entry);
            }
        }

        return builder.Build();
    }
}
