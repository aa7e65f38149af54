using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Packages.Locking;

namespace Compose.Packages.Offline;

/// <summary>What writing an offline source did.</summary>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">How many bytes they have.</param>
/// <param name="Added">How many were copied now.</param>
/// <param name="Removed">How many were deleted, as nothing names them, or not any more.</param>
public sealed record OfflineFolderResult(int Files, long Bytes, int Added, int Removed);

/// <summary>
/// Makes a folder into an offline source, or brings it up to date: what is there and right is left, what is damaged is copied
/// again, what is named by nothing is deleted. The folder's files and their bytes depend on what is named alone.
/// </summary>
public sealed class OfflineFolder(string folder)
{
    /// <summary>Writes the folder.</summary>
    /// <param name="contents">The files, each with where its bytes are.</param>
    /// <param name="cancellationToken">Ends the work. The folder has its former index then, and the next time goes on with it.</param>
    /// <exception cref="DiagnosticException">The folder holds something else, or a file is not where it is said to be, or damaged there.</exception>
    public OfflineFolderResult Write(IEnumerable<(LockedContent Content, FileContent Source)> contents, CancellationToken cancellationToken = default)
    {
        if (OfflineIndex.TryRead(folder) is null)
        {
            Begin();
        }

        var files = contents
            .OrderBy(file => file.Content.Sha256).ThenBy(file => file.Content.Kind, StringComparer.Ordinal).ThenBy(file => file.Content.Name, StringComparer.Ordinal)
            .DistinctBy(file => file.Content.Sha256)
            .ToArray();
        var added = 0;
        foreach (var (content, source) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = OfflineSource.PathOf(folder, content.Sha256);
            if (!IsRight(path, content))
            {
                Copy(source, path);
                added++;
            }
        }

        new OfflineIndex(
            OfflineIndex.CurrentVersion,
            [.. files.Select(file => new OfflineFile(file.Content.Kind, file.Content.Name, file.Content.Sha256.ToString(), file.Content.Size))]).Write(folder);
        return new OfflineFolderResult(
            files.Length,
            files.Sum(file => file.Content.Size),
            added,
            DeleteOthers(files.Select(file => OfflineSource.PathOf(folder, file.Content.Sha256))));
    }

    /// <summary>Makes the folder an offline source of nothing: should it not be finished now, it is known for one the next time.</summary>
    /// <exception cref="DiagnosticException">The folder is somebody's for another purpose.</exception>
    private void Begin()
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new DiagnosticException(PackageDiagnostics.BadOfflineSource.Create(
                $"The folder '{folder}' is not empty and no offline source. Name another folder."));
        }

        new OfflineIndex(OfflineIndex.CurrentVersion, []).Write(folder);
    }

    private static bool IsRight(string path, LockedContent content)
    {
        if (new FileInfo(path) is not { Exists: true } file || file.Length != content.Size)
        {
            return false;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return new Sha256Digest(SHA256.HashData(stream)) == content.Sha256;
    }

    private static void Copy(FileContent source, string path)
    {
        using var stream = source.OpenRead();
        AtomicFile.Write(path, stream.CopyTo);
    }

    /// <summary>Deletes what was written here and is not named: by an earlier run, or half, by one that was killed.</summary>
    /// <returns>How many files.</returns>
    private int DeleteOthers(IEnumerable<string> named)
    {
        var wanted = named.ToHashSet(StringComparer.Ordinal);
        var removed = 0;
        var blobs = OfflineSource.BlobDirectoryOf(folder);
        foreach (var directory in Directory.Exists(blobs) ? Directory.GetDirectories(blobs) : [])
        {
            foreach (var path in Directory.GetFiles(directory).Where(path => !wanted.Contains(path) && IsOurs(path)))
            {
                File.Delete(path);
                removed++;
            }

            if (!Directory.EnumerateFileSystemEntries(directory).Any())
            {
                Directory.Delete(directory);
            }
        }

        return removed;
    }

    /// <summary>Whether a file's name is a digest, or that of a temporary file of one. Nothing else is deleted, wherever links lead.</summary>
    private static bool IsOurs(string path)
    {
        var name = Path.GetFileName(path);
        var digits = name.StartsWith('.') && name.EndsWith(".partial", StringComparison.Ordinal) ? name.Split('.')[1] : name;
        return Sha256Digest.TryParse(Path.GetFileName(Path.GetDirectoryName(path)) + digits, out _);
    }
}
