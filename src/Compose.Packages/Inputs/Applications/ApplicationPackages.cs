using System.Security.Cryptography;
using System.Text.Json;
using Compose.FileTrees;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Locking;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.Applications;

/// <summary>The files of the packages that .NET applications are made of, where NuGet keeps them.</summary>
/// <remarks>
/// NuGet notes two digests beside a package when it unpacks it: that of the contents, which a signature does not change and
/// the lock file pins (<c>.nupkg.metadata</c>), and that of the file (<c>.nupkg.sha512</c>). Both have to be right.
/// </remarks>
public sealed class ApplicationPackages
{
    /// <summary>What was looked at, by path: applications have most packages in common.</summary>
    private readonly Dictionary<string, (string? ContentHash, LockedContent Content)> _files = new(StringComparer.Ordinal);

    /// <summary>Finds and hashes the packages that a lock file names for applications which NuGet has restored just now.</summary>
    /// <param name="lockFile">The lock file's absolute path.</param>
    /// <param name="applications">The applications.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">A package's file is in none of NuGet's folders, or another than the lock file names.</exception>
    public IEnumerable<(LockedContent Content, FileContent Source)> Find(
        string lockFile, IReadOnlyList<RestoredApplication> applications, CancellationToken cancellationToken = default)
    {
        var folder = Path.GetDirectoryName(lockFile)!;
        var locked = LockFile.TryRead(lockFile)?.Applications ?? [];
        foreach (var restored in applications)
        {
            var assets = NuGetAssets.Read(restored.AssetsFile);
            var project = restored.ProjectFrom(folder);
            foreach (var package in locked.FirstOrDefault(application => application.Project == project)?.Packages ?? [])
            {
                cancellationToken.ThrowIfCancellationRequested();
                var path = assets.TryFileOf(package.Name, NuGetVersion.Parse(package.Version)) ?? throw new DiagnosticException(
                    PackageDiagnostics.NuGetPackageMissing.Create(
                        $"The file of {package}, of which '{restored.Project}' is made, is in none of NuGet's folders: {string.Join(", ", assets.Folders)}. A folder of expanded packages has no such files."));
                var (contentHash, content) = Look(path, package);
                if (package.Sha512 is null || contentHash != package.Sha512)
                {
                    throw Wrong(package, $"'{path}' has contents with SHA-512 {contentHash}, and '{lockFile}' names {package.Sha512 ?? "none"}");
                }

                yield return (content, new HostFileContent(path, content.Size));
            }
        }
    }

    private (string? ContentHash, LockedContent Content) Look(string path, LockedApplicationPackage package)
    {
        if (_files.TryGetValue(path, out var known))
        {
            return known;
        }

        try
        {
            var noted = File.ReadAllText(path + ".sha512").Trim();
            var (sha512, sha256, size) = Hash(path);
            return sha512 == noted
                ? _files[path] = (RestoredApplication.ContentHashIn(Path.GetDirectoryName(path)!), new(LockedContent.NuGetPackageKind, package.ToString(), sha256, size))
                : throw Wrong(package, $"'{path}' has the SHA-512 {sha512}, and had {noted} when NuGet unpacked it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DiagnosticException(PackageDiagnostics.NuGetPackageMissing.Create($"What NuGet keeps of {package} cannot be read: {e.Message}"), e);
        }
    }

    private static (string Sha512, Sha256Digest Sha256, long Size) Hash(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        using var sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var size = 0L;
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            sha512.AppendData(buffer, 0, read);
            sha256.AppendData(buffer, 0, read);
            size += read;
        }

        return (Convert.ToBase64String(sha512.GetHashAndReset()), new Sha256Digest(sha256.GetHashAndReset()), size);
    }

    private static DiagnosticException Wrong(LockedApplicationPackage package, string reason) => new(
        PackageDiagnostics.WrongNuGetPackage.Create($"NuGet's folder has another {package} than is locked: {reason}. Delete the package there and restore again."));
}
