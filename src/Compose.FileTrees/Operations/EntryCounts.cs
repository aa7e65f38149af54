namespace Compose.FileTrees.Operations;

/// <summary>How many names of each kind a tree has. A hard link is one more name of a file.</summary>
/// <param name="Files">Regular files.</param>
/// <param name="Directories">Directories, with the root.</param>
/// <param name="Symlinks">Symbolic links.</param>
/// <param name="Special">Devices, pipes and sockets.</param>
public readonly record struct EntryCounts(int Files, int Directories, int Symlinks, int Special)
{
    /// <summary>Counts the names of a tree, with its root.</summary>
    public static EntryCounts Of(FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var counts = default(EntryCounts);
        foreach (var item in tree.Items)
        {
            counts = item.Entry switch
            {
                FileEntry => counts with { Files = counts.Files + 1 },
                DirectoryEntry => counts with { Directories = counts.Directories + 1 },
                SymlinkEntry => counts with { Symlinks = counts.Symlinks + 1 },
                _ => counts with { Special = counts.Special + 1 },
            };
        }

        return counts;
    }
}
