using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
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
    private readonly ILookup<string, LockedContent> _packages;

    private OfflineSource(string folder, OfflineIndex index)
    {
        _folder = folder;
        var contents = index.Files.Select(file => new LockedContent(file.Kind, file.Name, Sha256Digest.Parse(file.Sha256), file.Size)).ToArray();
        _files = [.. contents.Select(content => content.Sha256)];

        // NuGet's names have no case.
        _packages = contents.Where(content => content.Kind == LockedContent.NuGetPackageKind).ToLookup(content => content.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">An absolute path.</param>
    /// <exception cref="DiagnosticException">There is no such folder, or its index cannot be used.</exception>
    public static OfflineSource Open(string folder) => new(folder, OfflineIndex.TryRead(folder)
        ?? throw new DiagnosticException(PackageDiagnostics.BadOfflineSource.Create(
            $"The folder '{folder}' is no offline source: it has no {OfflineIndex.FileName}. Make it with 'compose vendor'.")));

    /// <summary>Opens the folder that a project names, else that of the environment.</summary>
    /// <param name="folder">An absolute path; null when the project names none.</param>
    /// <returns>Null when neither names one.</returns>
    /// <exception cref="DiagnosticException">There is no such folder, or its index cannot be used.</exception>
    public static OfflineSource? OpenFor(string? folder)
    {
        var named = folder ?? Environment.GetEnvironmentVariable(EnvironmentVariable);
        return string.IsNullOrEmpty(named) ? null : Open(Path.GetFullPath(named));
    }

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

    /// <summary>The file of a package that an application is made of.</summary>
    /// <exception cref="DiagnosticException">It is missing here.</exception>
    internal LockedContent Find(LockedApplicationPackage package) =>
        _packages[package.ToString()].FirstOrDefault() ?? throw Missing($"{LockedContent.NuGetPackageKind} {package}");

    /// <summary>Copies a file out of the folder. Its bytes are hashed as they pass.</summary>
    /// <param name="content">The file.</param>
    /// <param name="path">Where to.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The file is missing here, or is another than its name says. Nothing is at the path then that was not before.</exception>
    internal void CopyTo(LockedContent content, string path, CancellationToken cancellationToken) => AtomicFile.Write(path, target =>
    {
        using var sha256 = SHA256.Create();
        using var hashing = new CryptoStream(target, sha256, CryptoStreamMode.Write, leaveOpen: true);
        Copy(content, hashing, cancellationToken);
        hashing.FlushFinalBlock();
        if (target.Length != content.Size || new Sha256Digest(sha256.Hash) != content.Sha256)
        {
            throw Damaged(content);
        }
    });

    /// <summary>The error when the network would be needed.</summary>
    internal static DiagnosticException Needs(string what) => new(PackageDiagnostics.Offline.Create(
        $"The network may not be used, as ComposeOfflineSource is set, and the lock file does not say enough: {what} would be needed. Restore once without it."));

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
        using var blob = store.BeginBlob();
        Copy(content, blob, cancellationToken);
        if (blob.Length != content.Size || blob.Commit(content.Sha256) is null)
        {
            throw Damaged(content);
        }

        store.NoteDownload(content.Sha256, content.Name);
    }

    /// <summary>Copies the bytes of a file that is there, and hardly more of one that is too long.</summary>
    private void Copy(LockedContent content, Stream target, CancellationToken cancellationToken)
    {
        var path = PathOf(_folder, content.Sha256);
        if (!_files.Contains(content.Sha256) || !File.Exists(path))
        {
            throw Missing($"{content.Kind} {content.Name} ({content.Sha256})");
        }

        using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = source.Read(buffer)) > 0 && source.Position - read <= content.Size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            target.Write(buffer.AsSpan(0, read));
        }
    }

    private DiagnosticException Missing(string what) => new(PackageDiagnostics.NotInOfflineSource.Create(
        $"The {what} is not in the offline source '{_folder}'. Add it with 'compose vendor' where there is a network."));

    private DiagnosticException Damaged(LockedContent content) => new(PackageDiagnostics.OfflineFileDamaged.Create(
        $"'{PathOf(_folder, content.Sha256)}' of the offline source is not the {content.Kind} {content.Name}: {content.Size} bytes with SHA-256 {content.Sha256} were expected. Make the folder anew with 'compose vendor'."));
}
