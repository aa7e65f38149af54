using Compose.FileTrees;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>What was packed, how large it became, and how long it took.</summary>
internal sealed record PackResult
{
    public required PackRequest Request { get; init; }

    /// <summary>The options with which the image was written.</summary>
    public required SquashFsOptions Options { get; init; }

    public required SquashFsSummary Summary { get; init; }

    public required EntryCounts Entries { get; init; }

    /// <summary>How long the input was listed or, when it is an archive, read.</summary>
    public required TimeSpan Reading { get; init; }

    /// <summary>From the start of the process until all was done.</summary>
    public required TimeSpan Total { get; init; }
}

/// <summary>How many names of each kind a tree has. A hard link is one more name of a file.</summary>
internal readonly record struct EntryCounts(int Files, int Directories, int Symlinks, int Special)
{
    /// <summary>Counts the names of a tree, with its root.</summary>
    public static EntryCounts Of(FileTree tree)
    {
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
