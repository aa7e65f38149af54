using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>
/// Lets one restore at a time do what several would do alike, also those of other processes: an empty file with the store's
/// unfinished ones, which one of them has open. The system closes it when that one is killed. It is neither renamed nor deleted
/// until it was not used for a day: who opens it never gets a lock that others do not see.
/// </summary>
internal static class StoreLock
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until nobody else has the lock, and takes it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The lock's name, a file name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What is to be disposed to let go of it.</returns>
    public static async Task<IAsyncDisposable> TakeAsync(ContentStore store, string name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(store.PartialDirectory, name + "-lock");
        while (true)
        {
            if (TryOpen(path) is { } file)
            {
                NoteUse(file);
                return file;
            }

            await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    private static void NoteUse(FileStream file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file.SafeFileHandle, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, who noted the first use.
        }
    }
}
