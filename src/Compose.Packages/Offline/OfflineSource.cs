using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Locking;

namespace Compose.Packages.Offline;

/// <summary>
/// A folder that holds all that lock files name, by digest: with it nothing is asked of a network. <c>blobs/ab/cdef…</c> are the
/// files, <c>index.json</c> says what they are (<see cref="OfflineIndex"/>).
/// </summary>
public sealed class OfflineSource
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string EnvironmentVariable = "COMPOSE_OFFLINE_SOURCE";

    private readonly string _folder;
    private readonly HashSet<Sha256Digest> _files;

    private OfflineSource(string folder, OfflineIndex index)
    {
        _folder = folder;
        _files = [.. index.Files.Select(file => Sha256Digest.Parse(file.Sha256))];
    }

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">An absolute path.</param>
    /// <exception cref="DiagnosticException">There is no such folder, or its index cannot be used.</exception>
    public static OfflineSource Open(string folder) => new(folder, OfflineIndex.TryRead(folder)
        ?? throw new DiagnosticException(PackageDiagnostics.BadOfflineSource.Create(
            $"The folder '{folder}' is no offline source: it has no {OfflineIndex.FileName}. Make it with 'compose vendor'.")));

    /// <summary>Copies those files into a store that it lacks.</summary>
    /// <param name="contents">The files.</param>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Ends the work. What was copied stays.</param>
    /// <returns>The files that were copied.</returns>
    /// <exception cref="DiagnosticException">A file is missing here, or is another than its name says.</exception>
    public IReadOnlyList<LockedContent> CopyMissing(IEnumerable<LockedContent> contents, ContentStore store, CancellationToken cancellationToken = default)
    {
        var copied = new List<LockedContent>();
        foreach (var content in contents.DistinctBy(content => content.Sha256))
        {
            if (!store.TryGetBlob(content.Sha256, out var blob) || blob.Length != content.Size)
            {
                Copy(content, store, cancellationToken);
                copied.Add(content);
            }
        }

        return copied;
    }

    /// <summary>Where a file lies in a folder. The path is made of the digest alone.</summary>
    internal static string PathOf(string folder, Sha256Digest digest)
    {
        var name = digest.ToString();
        return Path.Combine(BlobDirectoryOf(folder), name[..2], name[2..]);
    }

    /// <summary>Where a folder has its files.</summary>
    internal static string BlobDirectoryOf(string folder) => Path.Combine(folder, "blobs");

    private void Copy(LockedContent content, ContentStore store, CancellationToken cancellationToken)
    {
        var path = PathOf(_folder, content.Sha256);
        if (!_files.Contains(content.Sha256) || !File.Exists(path))
        {
            throw new DiagnosticException(PackageDiagnostics.NotInOfflineSource.Create(
                $"The {content.Kind} {content.Name} ({content.Sha256}) is not in the offline source '{_folder}'. Add it with 'compose vendor' where there is a network."));
        }

        using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var blob = store.BeginBlob();
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = source.Read(buffer)) > 0 && blob.Length <= content.Size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            blob.Write(buffer.AsSpan(0, read));
        }

        if (blob.Length != content.Size || blob.Commit(content.Sha256) is null)
        {
            throw new DiagnosticException(PackageDiagnostics.OfflineFileDamaged.Create(
                $"'{path}' of the offline source is not the {content.Kind} {content.Name}: {content.Size} bytes with SHA-256 {content.Sha256} were expected. Make the folder anew with 'compose vendor'."));
        }

        store.NoteDownload(content.Sha256, content.Name);
    }
}
