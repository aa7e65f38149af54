namespace Compose.FileTrees.Storage;

/// <summary>
/// When a file of the store was last used: the time of its last change, which users move on. The time of the last access
/// would do, but many file systems do not keep it.
/// </summary>
internal static class LastUse
{
    /// <summary>A use is noted only when the last one noted is as long ago, so that reading does not mean writing.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromHours(1);

    /// <summary>Notes that a file is used now, unless that was noted a moment ago.</summary>
    public static void Note(FileInfo file)
    {
        if (DateTime.UtcNow - file.LastWriteTimeUtc > Resolution)
        {
            Set(file.FullName);
        }
    }

    /// <summary>Notes that a file is used now. Where it cannot be written, its use does not count.</summary>
    public static void Set(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not ours, or deleted just now.
        }
    }
}
