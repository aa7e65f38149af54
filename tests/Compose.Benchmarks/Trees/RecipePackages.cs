using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Mirrors;
using Compose.Packages.Releases;
using Compose.Packages.Restoring;

namespace Compose.Benchmarks.Trees;

/// <summary>The packages of an extension's recipe, by its lock file.</summary>
/// <param name="folders">Where things are.</param>
/// <param name="recipe">The recipe's folder.</param>
internal sealed class RecipePackages(Folders folders, string recipe)
{
    /// <summary>The lock file's group of an extension.</summary>
    public const string Group = "extension";

    /// <summary>The lock file's path.</summary>
    public string LockFile => Path.Combine(folders.Repository, "recipes", recipe, "compose.lock.json");

    /// <summary>Reads a recipe's lock file.</summary>
    /// <exception cref="BenchmarkException">It is missing.</exception>
    public static LockedGroup ReadGroup(string lockFile) =>
        (Packages.Locking.LockFile.TryRead(lockFile) ?? throw new BenchmarkException($"'{lockFile}' is missing.")).Group(Group);

    /// <summary>Copies the packages into a folder, and downloads those that the user's content store lacks.</summary>
    /// <returns>The files by their digests.</returns>
    public async Task<IReadOnlyDictionary<Sha256Digest, string>> DownloadAsync(string directory, CancellationToken cancellationToken)
    {
        var store = new ContentStore(ContentStore.DefaultDirectory);
        var mirror = DebianMirror.Find(null, Environment.GetEnvironmentVariable(DebianMirror.EnvironmentVariable));
        var packages = ReadGroup(LockFile).Packages;
        using var downloader = new Downloader(store);
        await downloader.GetAllAsync(
            packages.Select(package => new DownloadRequest(
                DebianRepository.Address(mirror, package.FileName), package.Digest, package.Size, package.ToString())),
            cancellationToken: cancellationToken).ConfigureAwait(false);

        Directory.CreateDirectory(directory);
        var files = new Dictionary<Sha256Digest, string>();
        foreach (var package in packages)
        {
            var path = Path.Combine(directory, Path.GetFileName(package.FileName));
            File.Copy(store.BlobPath(package.Digest), path);
            files.Add(package.Digest, path);
        }

        return files;
    }

    /// <summary>Unpacks the packages and lays them over each other, as the build of the extension begins.</summary>
    public static FileTree ReadTree(string lockFile, ContentStore store, CancellationToken cancellationToken) =>
        PackageTrees.Merge(new PackageUnpacker(store).Unpack(ReadGroup(lockFile), cancellationToken));
}
