using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Trees;

/// <summary>Times in a tree that depend on its inputs alone (SOURCE_DATE_EPOCH of reproducible-builds.org).</summary>
internal static class SourceDate
{
    /// <summary>The newest time in the inputs, or in the base when none has one: the time of the build, as far as its inputs tell.</summary>
    public static long NewestOf(FileTree inputs, FileTree? baseTree)
    {
        var newest = NewestOf(inputs);
        return newest == 0 && baseTree is not null ? NewestOf(baseTree) : newest;
    }

    /// <summary>The newest time in the tree, in seconds since 1970.</summary>
    public static long NewestOf(FileTree tree)
    {
        long newest = 0;
        foreach (var item in tree.Items)
        {
            newest = Math.Max(newest, item.Entry.Metadata.ModifiedTime);
        }

        return newest;
    }

    /// <summary>Gives what has no time (what the build generated, and files of the project) the given one, and clamps later ones.</summary>
    public static FileTree Apply(FileTree tree, long epoch) =>
        tree.MapMetadata(item => item.Entry.Metadata.ModifiedTime is 0 || item.Entry.Metadata.ModifiedTime > epoch
            ? item.Entry.Metadata with { ModifiedTime = epoch }
            : item.Entry.Metadata);
}
