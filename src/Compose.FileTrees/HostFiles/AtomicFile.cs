namespace Compose.FileTrees.HostFiles;

/// <summary>Writes files so that a name never stands for something half-written.</summary>
public static class AtomicFile
{
    /// <summary>Temporary files of killed builds, not written to for so long, are deleted by the next that writes the file.</summary>
    private static readonly TimeSpan AbandonedAge = TimeSpan.FromHours(1);

    /// <summary>
    /// Writes to a temporary name in the same folder and renames it when <paramref name="write"/> returns; when it throws,
    /// the temporary file is deleted and what stood at <paramref name="path"/> stays. The folder is made when missing.
    /// </summary>
    public static void Write(string path, Action<FileStream> write) =>
        Write(path, stream =>
        {
            write(stream);
            return true;
        });

    /// <inheritdoc cref="Write(string, Action{FileStream})"/>
    /// <returns>What <paramref name="write"/> returned.</returns>
    public static T Write<T>(string path, Func<FileStream, T> write)
    {
        var (temporary, stream) = Create(path);
        try
        {
            T result;
            using (stream)
            {
                result = write(stream);
            }

            File.Move(temporary, path, overwrite: true);
            return result;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes bytes, unless the file holds them already: its time stays then, and so what depends on it.</summary>
    /// <returns>Whether the file was written.</returns>
    public static bool WriteWhenDifferent(string path, ReadOnlySpan<byte> bytes)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
        {
            return false;
        }

        var (temporary, stream) = Create(path);
        try
        {
            using (stream)
            {
                stream.Write(bytes);
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static (string Path, FileStream Stream) Create(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        AbandonedFiles.Delete(directory, $".{Path.GetFileName(path)}.*.partial", AbandonedAge);

        // The process number keeps two builds apart that write one file.
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.partial");
        return (temporary, new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 64 * 1024));
    }
}
