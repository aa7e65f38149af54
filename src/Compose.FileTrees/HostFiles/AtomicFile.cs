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
    /// <param name="path">The file.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="expectedSize">
    /// About how many bytes will be written, or 0: room is taken for them at once where the disk has it, which makes writing
    /// cheaper. What is not used is given back.
    /// </param>
    /// <returns>What <paramref name="write"/> returned.</returns>
    public static T Write<T>(string path, Func<FileStream, T> write, long expectedSize = 0)
    {
        var (temporary, stream) = Create(path, expectedSize);
        try
        {
            T result;
            using (stream)
            {
                result = write(stream);
                if (expectedSize > 0)
                {
                    stream.SetLength(stream.Length);
                }
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

    private static (string Path, FileStream Stream) Create(string path, long expectedSize = 0)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        AbandonedFiles.Delete(directory, $".{Path.GetFileName(path)}.*.partial", AbandonedAge);

        // The process number keeps two builds apart that write one file.
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.partial");
        return (temporary, Open(temporary, expectedSize));
    }

    private static FileStream Open(string path, long expectedSize)
    {
        // Made anew, and not emptied: ext4 allocates all blocks of a file that was, when it is closed, which takes 0.2 s for 470 MB.
        File.Delete(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 64 * 1024,
            PreallocationSize = expectedSize,
        };
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException) when (expectedSize > 0)
        {
            // There is no room for it all. What is written may take less; if not, the one who writes sees it.
            options.PreallocationSize = 0;
            return new FileStream(path, options);
        }
    }
}
