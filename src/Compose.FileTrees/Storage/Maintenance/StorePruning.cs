namespace Compose.FileTrees.Storage.Maintenance;

/// <summary>How much is taken out of a store.</summary>
public sealed record PruneOptions
{
    /// <summary>What was used a moment ago may be in use by a build that runs: it stays for so long.</summary>
    public static readonly TimeSpan RecentUse = 2 * LastUse.Resolution;

    /// <summary>How many bytes may stay; null for any number.</summary>
    public long? MaximumSize { get; init; }

    /// <summary>What was not used for longer goes; null for never.</summary>
    public TimeSpan? MaximumAge { get; init; }

    /// <summary>Whether what was used in the last two hours may go too. No build may run then.</summary>
    public bool IncludesRecent { get; init; }

    /// <summary>Whether nothing is taken out, and only told what would be.</summary>
    public bool IsDryRun { get; init; }
}

/// <summary>What was taken out of a store.</summary>
/// <param name="Removed">The files, in the order in which they went.</param>
/// <param name="KeptFiles">How many stayed.</param>
/// <param name="KeptBytes">How many bytes stayed.</param>
/// <param name="SparedBytes">How many of these would have gone, had they not been used in the last two hours.</param>
public sealed record PruneResult(IReadOnlyList<StoredFile> Removed, int KeptFiles, long KeptBytes, long SparedBytes);

/// <summary>Takes out of a content store what was not used for the longest time. Builds may run meanwhile.</summary>
public sealed class StorePruning(ContentStore store, TimeProvider clock)
{
    /// <summary>
    /// Records of a few bytes: which release files were accepted, which cannot be found out again, and the names of
    /// downloads, which go with these.
    /// </summary>
    private static readonly string[] s_keptRecords = ["records/release/", $"records/{ContentStore.DownloadKind}/"];

    /// <summary>Takes out what is more than wanted.</summary>
    /// <param name="options">How much is wanted.</param>
    /// <param name="cancellationToken">Ends the work with an exception. What is out stays out.</param>
    public PruneResult Run(PruneOptions options, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var files = StoreInventory.List(store);
        var (keptFiles, keptBytes, sparedBytes) = (files.Count, files.Sum(file => file.Size), 0L);
        var removed = new List<StoredFile>();
        NoteRemoval(options);
        foreach (var file in files
            .Where(file => !s_keptRecords.Any(kind => file.Name.StartsWith(kind, StringComparison.Ordinal)))
            .OrderBy(file => file.LastUse).ThenBy(file => file.Name, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var age = now - file.LastUse;
            if (!(age > options.MaximumAge) && !(keptBytes - sparedBytes > options.MaximumSize))
            {
                break;
            }

            if (!options.IncludesRecent && age < PruneOptions.RecentUse)
            {
                sparedBytes += file.Size;
            }
            else if (options.IsDryRun || TryDelete(file))
            {
                removed.Add(file);
                keptFiles--;
                keptBytes -= file.Size;
            }
        }

        // Once before and once after: a build that looks in between looks again.
        NoteRemoval(options);
        return new PruneResult(removed, keptFiles, keptBytes, sparedBytes);
    }

    private void NoteRemoval(PruneOptions options)
    {
        if (!options.IsDryRun)
        {
            store.NoteRemoval();
        }
    }

    /// <summary>Deletes a file, unless it was used after it was listed.</summary>
    private bool TryDelete(StoredFile file)
    {
        try
        {
            if (File.GetLastWriteTimeUtc(file.Path) > file.LastUse)
            {
                return false;
            }

            File.Delete(file.Path);
            if (file is { Kind: StoredKind.Download, Digest: { } digest })
            {
                File.Delete(store.RecordPath(ContentStore.DownloadKind, digest));
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
