namespace Compose.FileTrees.HostFiles;

/// <summary>Deletes temporary files of builds that were killed.</summary>
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
