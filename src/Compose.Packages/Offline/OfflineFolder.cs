using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.Packages.Locking;

namespace Compose.Packages.Offline;

/// <summary>What writing an offline source did.</summary>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">How many bytes they have.</param>
/// <param name="Added">How many were copied now.</param>
/// <param name="Removed">How many were deleted, as nothing names them any more.</param>
public sealed record OfflineFolderResult(int Files, long Bytes, int Added, int Removed);

/// <summary>
/// Makes a folder into an offline source, or brings it up to date: what is there and right is left, what is named by nothing any
/// more is deleted. The folder's files and their bytes depend on what is named alone.
/// </summary>
public sealed class OfflineFolder(string folder)
{
    /// <summary>Writes the folder.</summary>
    /// <param name="contents">The files, each with a store that holds it.</param>
    /// <param name="cancellationToken">Ends the work. The folder has its former index then.</param>
    /// <exception cref="DiagnosticException">The folder holds something else, or a store lacks a file or holds a damaged one.</exception>
    public OfflineFolderResult Write(IEnumerable<(LockedContent Content, ContentStore Store)> contents, CancellationToken cancellationToken = default)
    {
        var known = (OfflineIndex.TryRead(folder) ?? New()).Files.ToDictionary(file => Sha256Digest.Parse(file.Sha256), file => file.Size);
        var files = contents
            .OrderBy(file => file.Content.Sha256).ThenBy(file => file.Content.Kind, StringComparer.Ordinal).ThenBy(file => file.Content.Name, StringComparer.Ordinal)
            .DistinctBy(file => file.Content.Sha256)
            .ToArray();
        var added = 0;
        foreach (var (content, store) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = OfflineSource.PathOf(folder, content.Sha256);
            if (!known.ContainsKey(content.Sha256) || new FileInfo(path) is not { Exists: true } file || file.Length != content.Size)
            {
                Copy(content, store, path);
                added++;
            }
        }

        new OfflineIndex(
            OfflineIndex.CurrentVersion,
            [.. files.Select(file => new OfflineFile(file.Content.Kind, file.Content.Name, file.Content.Sha256.ToString(), file.Content.Size))]).Write(folder);
        var removed = known.Keys.Except(files.Select(file => file.Content.Sha256)).Select(digest => OfflineSource.PathOf(folder, digest)).ToArray();
        foreach (var path in removed)
        {
            File.Delete(path);
            DeleteWhenEmpty(Path.GetDirectoryName(path)!);
        }

        return new OfflineFolderResult(files.Length, files.Sum(file => file.Content.Size), added, removed.Length);
    }

    /// <exception cref="DiagnosticException">The folder is somebody's for another purpose.</exception>
    private OfflineIndex New() => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
        ? throw new DiagnosticException(PackageDiagnostics.BadOfflineSource.Create(
            $"The folder '{folder}' is not empty and no offline source. Name another folder."))
        : new OfflineIndex(OfflineIndex.CurrentVersion, []);

    private static void Copy(LockedContent content, ContentStore store, string path)
    {
        using var source = store.Reference(content.Sha256, content.Size).OpenRead();
        AtomicFile.Write(path, source.CopyTo);
    }

    private static void DeleteWhenEmpty(string directory)
    {
        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }
    }
}
