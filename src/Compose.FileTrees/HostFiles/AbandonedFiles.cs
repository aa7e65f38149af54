namespace Compose.FileTrees.HostFiles;

/// <summary>Deletes temporary files and folders of builds that were killed.</summary>
public static class AbandonedFiles
{
    /// <summary>
    /// Deletes the files of a folder that match the pattern, were not written to for at least <paramref name="age"/> and that
    /// nobody has open for writing: who writes one keeps it locked. What cannot be deleted stays.
    /// </summary>
    /// <param name="directory">The folder; it may be missing.</param>
    /// <param name="pattern">A file name with <c>*</c> and <c>?</c>.</param>
    /// <param name="age">More than passes between closing a temporary file and renaming it.</param>
    public static void Delete(string directory, string pattern, TimeSpan age)
    {
        try
        {
            foreach (var file in new DirectoryInfo(directory).EnumerateFiles(pattern))
            {
                if (DateTime.UtcNow - file.LastWriteTimeUtc >= age)
                {
                    DeleteUnlocked(file.FullName);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is missing, or not ours: nothing of ours to clean up.
        }
    }

    /// <summary>
    /// Deletes the folders of a folder that match the pattern and to which nothing was added directly for at least
    /// <paramref name="age"/>. What cannot be deleted stays.
    /// </summary>
    /// <param name="directory">The folder; it may be missing.</param>
    /// <param name="pattern">A file name with <c>*</c> and <c>?</c>.</param>
    /// <param name="age">More than filling such a folder takes.</param>
    public static void DeleteFolders(string directory, string pattern, TimeSpan age)
    {
        try
        {
            foreach (var folder in new DirectoryInfo(directory).EnumerateDirectories(pattern))
            {
                if (DateTime.UtcNow - folder.LastWriteTimeUtc >= age)
                {
                    folder.Delete(recursive: true);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not ours, or deleted by another build at the same time.
        }
    }

    private static void DeleteUnlocked(string path)
    {
        try
        {
            using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
            }

            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use after all, or deleted by another build.
        }
    }
}
