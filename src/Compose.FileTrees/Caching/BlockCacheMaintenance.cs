using System.Buffers;
using Compose.FileTrees.HostFiles;
using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.Caching;

/// <summary>
/// What is done when a build is through: publish its segment, note which others it used, and keep the folder's size and
/// number of files bounded.
/// </summary>
internal static class BlockCacheMaintenance
{
    /// <summary>A segment that many builds use only in part would keep the rest alive: see <see cref="KeepUsed"/>.</summary>
    private const double WellUsed = 0.5;

    /// <summary>So many segments of about one size are merged into one.</summary>
    private const int MergedAtOnce = 8;

    /// <summary>Larger segments are not merged: copying them would cost more than opening one file more.</summary>
    private const long MaximumMerged = 64 * 1024 * 1024;

    private static readonly TimeSpan PartialAge = TimeSpan.FromHours(1);

    /// <summary>The segments of a folder, those used last first.</summary>
    public static IReadOnlyList<FileInfo> ListSegments(string directory)
    {
        try
        {
            return
            [
                .. new DirectoryInfo(directory).EnumerateFiles("*" + BlockSegment.Suffix)
                    .OrderByDescending(file => file.LastWriteTimeUtc).ThenBy(file => file.Name, StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Does all of it.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="segments">The segments that the build had open.</param>
    /// <param name="writer">What the build added; one that is made here is handed to the caller.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static void Complete(BlockCache cache, IReadOnlyList<BlockSegment> segments, ref BlockSegmentWriter? writer)
    {
        DeleteDamaged(segments);

        // Half full: what is used may soon have to make room for what is not.
        var isPressed = segments.Sum(segment => segment.Length) + (writer?.Length ?? 0) > cache.MaximumSize / 2;
        foreach (var segment in segments)
        {
            if (segment.UsedBytes == 0 || segment.IsDamaged)
            {
                continue;
            }

            if (isPressed && segment.UsedBytes < segment.Length * WellUsed)
            {
                writer ??= new BlockSegmentWriter(cache.Directory, cache.MaximumSize);
                KeepUsed(segment, writer);
            }
            else
            {
                Touch(segment.Path, DateTime.UtcNow);
            }
        }

        writer?.Publish();
        if (TryLock(cache.Directory) is { } heldLock)
        {
            using (heldLock)
            {
                Merge(cache, segments);
                Evict(cache);
                AbandonedFiles.Delete(cache.Directory, "*" + BlockSegmentWriter.PartialSuffix, PartialAge);
            }
        }
    }

    /// <summary>Keeps others from merging and deleting the same files; null when another build is at it.</summary>
    private static SafeFileHandle? TryLock(string directory)
    {
        try
        {
            return File.OpenHandle(Path.Combine(directory, "maintenance.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void DeleteDamaged(IEnumerable<BlockSegment> segments)
    {
        foreach (var segment in segments)
        {
            if (segment.IsDamaged)
            {
                File.Delete(segment.Path);
            }
        }
    }

    /// <summary>
    /// Copies what was used into this build's segment. The old one's time stays: when it goes, nothing goes with it that this
    /// build uses.
    /// </summary>
    private static void KeepUsed(BlockSegment segment, BlockSegmentWriter writer)
    {
        for (var place = 0; place < segment.Count; place++)
        {
            if (segment.WasUsed(place))
            {
                Copy(segment, place, writer);
            }
        }
    }

    /// <summary>Merges small segments of about one size when there are many, so that few have to be opened.</summary>
    private static void Merge(BlockCache cache, IReadOnlyList<BlockSegment> segments)
    {
        var groups = segments
            .Where(segment => !segment.IsDamaged && segment.Length < MaximumMerged)
            .GroupBy(segment => SizeClass(segment.Length))
            .Where(group => group.Count() >= MergedAtOnce);
        foreach (var group in groups)
        {
            using var writer = new BlockSegmentWriter(cache.Directory, cache.MaximumSize);
            foreach (var segment in group)
            {
                for (var place = 0; place < segment.Count; place++)
                {
                    Copy(segment, place, writer);
                }
            }

            var path = writer.Publish();
            Touch(path, group.Max(segment => segment.LastUse));
            foreach (var segment in group)
            {
                File.Delete(segment.Path);
            }
        }
    }

    /// <summary>Below 1 MiB, below 8 MiB, the rest: a value is copied three times at most.</summary>
    private static int SizeClass(long length) => length < 1024 * 1024 ? 0 : length < 8 * 1024 * 1024 ? 1 : 2;

    private static void Copy(BlockSegment segment, int place, BlockSegmentWriter writer)
    {
        var entry = segment.EntryAt(place);
        var buffer = ArrayPool<byte>.Shared.Rent(entry.Length);
        try
        {
            var value = buffer.AsSpan(0, entry.Length);
            if (segment.TryRead(entry, value))
            {
                writer.Add(entry.Key, value);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Deletes the segments not used for the longest time, until the rest fits.</summary>
    private static void Evict(BlockCache cache)
    {
        var size = 0L;
        foreach (var file in ListSegments(cache.Directory))
        {
            size += file.Length;
            if (size > cache.MaximumSize)
            {
                file.Delete();
            }
        }
    }

    private static void Touch(string path, DateTime time)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Most likely another build has deleted it. What was used is made again when it is asked for.
        }
    }
}
