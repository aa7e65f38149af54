namespace Compose.SquashFs.Reading;

/// <summary>
/// How an image is read: what it may ask of this process before it is refused. Images from strangers may be made to hurt;
/// with these limits the time and memory that any image takes are bounded, whatever it claims. The default limits keep the tree
/// of an image below 512 MiB of memory.
/// </summary>
public sealed record SquashFsReadOptions
{
    /// <summary>The most paths a tree may have, hard links included.</summary>
    public int MaximumEntries { get; init; } = 1024 * 1024;

    /// <summary>The most components a path may have.</summary>
    public int MaximumDepth { get; init; } = 4096;

    /// <summary>The most bytes a path may have.</summary>
    public int MaximumPathLength { get; init; } = 64 * 1024;

    /// <summary>The most bytes that all paths, link targets and extended attributes may have together.</summary>
    public long MaximumNameBytes { get; init; } = 64L << 20;

    /// <summary>
    /// The option by which whoever runs a program raises <see cref="MaximumEntries"/> and <see cref="MaximumNameBytes"/>:
    /// messages name it. Null where there is none.
    /// </summary>
    public string? EntryOption { get; init; }

    /// <summary>
    /// The most bytes that all files may have together, each inode counted once. Files may be mostly holes: a small image
    /// can rightly hold terabytes of zeros.
    /// </summary>
    public long MaximumContentBytes { get; init; } = 1L << 40;

    /// <summary>The most problems that <see cref="SquashFsImage.Verify"/> reports before it gives up.</summary>
    public int MaximumProblems { get; init; } = 1000;

    /// <summary>How many threads <see cref="SquashFsImage.Verify"/> uses.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is below 1.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumEntries, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumDepth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumPathLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumNameBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumContentBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumProblems, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
    }
}
