using Compose.FileTrees.Caching;

namespace Compose.FileTrees.Storage.Maintenance;

/// <summary>How much of one kind there is.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Files">The number of files.</param>
/// <param name="Bytes">The sum of their sizes.</param>
/// <param name="OldestUse">When the one was used that was not used for the longest time; null when there is none.</param>
/// <param name="LatestUse">When one was used last; null when there is none.</param>
public sealed record StoredKindSummary(StoredKind Kind, int Files, long Bytes, DateTime? OldestUse, DateTime? LatestUse);

/// <summary>Lists what is in a content store. Unfinished files are left out; they go by themselves after a day.</summary>
public static class StoreInventory
{
    /// <summary>All files, in the order of their names.</summary>
    public static IReadOnlyList<StoredFile> List(ContentStore store)
    {
        var records = Files(store.RecordDirectory).Select(file => Describe(store, file, StoredKind.Record)).ToArray();
        var downloads = records
            .Where(record => record.Name.StartsWith($"records/{ContentStore.DownloadKind}/", StringComparison.Ordinal))
            .Select(record => record.Digest)
            .ToHashSet();
        var blobs = Files(store.BlobDirectory)
            .Select(file => Describe(store, file, StoredKind.Unpacked))
            .Select(blob => downloads.Contains(blob.Digest) ? blob with { Kind = StoredKind.Download } : blob);
        var blocks = BlockCacheMaintenance.ListSegments(store.BlockCacheDirectory).Select(file => Describe(store, file, StoredKind.Blocks));
        return [.. records.Concat(blobs).Concat(blocks).OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    /// <summary>Adds up files, one line for each kind.</summary>
    public static IReadOnlyList<StoredKindSummary> Summarize(IReadOnlyList<StoredFile> files) =>
    [
        .. Enum.GetValues<StoredKind>().Select(kind =>
        {
            var all = files.Where(file => file.Kind == kind).ToArray();
            return new StoredKindSummary(
                kind, all.Length, all.Sum(file => file.Size),
                all.Length == 0 ? null : all.Min(file => file.LastUse), all.Length == 0 ? null : all.Max(file => file.LastUse));
        }),
    ];

    private static IEnumerable<FileInfo> Files(string directory)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return Directory.Exists(directory)
            ? new DirectoryInfo(directory).EnumerateFiles("*", options).Where(file => file.Exists)
            : [];
    }

    private static StoredFile Describe(ContentStore store, FileInfo file, StoredKind kind) =>
        new(file.FullName, kind, Path.GetRelativePath(store.Directory, file.FullName).Replace('\\', '/'), file.Length, file.LastWriteTimeUtc);
}
