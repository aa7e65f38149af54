using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;
using Compose.Images;
using Compose.Images.Trees;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Mirrors;
using Compose.Packages.Releases;
using Compose.Packages.Restoring;

namespace Compose.Benchmarks.Trees;

/// <summary>Makes trees of Debian packages, with the same code that recipes are built with.</summary>
internal sealed class PackageTrees(Folders folders, ProgressLog log)
{
    /// <summary>The tree of a list, in a folder. One that is there and fits the lock file is used again.</summary>
    public async Task<BenchmarkTree> MakeAsync(PackageList list, CancellationToken cancellationToken)
    {
        if (list.Without is { } without && !File.Exists(without.LockFile(folders)))
        {
            await RestoreAsync(without, cancellationToken).ConfigureAwait(false);
        }

        var directory = Path.Combine(folders.Trees, list.Name);
        var locked = await RestoreAsync(list, cancellationToken).ConfigureAwait(false);
        var stamp = new TreeStamp(directory, Sha256Digest.Of(await File.ReadAllBytesAsync(list.LockFile(folders), cancellationToken).ConfigureAwait(false)).ToString());
        if (!stamp.Fits)
        {
            stamp.Remove();
            var store = new ContentStore(ContentStore.DefaultDirectory);
            log.Say($"Unpacking {locked.Packages.Count()} packages into {list.Name}");
            var unpacked = new PackageUnpacker(store).Unpack(locked.Group(list.Name), cancellationToken);
            HostDirectoryWriter.Write(Merge(unpacked).MapMetadata(MakeReadable), directory, cancellationToken);
            stamp.Set();
        }

        return BenchmarkTree.Measure(list.Name, directory);
    }

    /// <summary>Lays packages over each other.</summary>
    public static FileTree Merge(IEnumerable<UnpackedPackage> packages) =>
        PackageLayers.Merge(
            packages.Select(package => new PackageInput(package.Locked.Name, package.Locked.Version, package.Package.Files, [])),
            [],
            new Ignoring());

    /// <summary>Lets tools that do not run as root read what they have to pack.</summary>
    private static EntryMetadata MakeReadable(TreeItem item)
    {
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Searchable = Readable | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var metadata = item.Entry.Metadata;
        var wanted = item.Entry switch
        {
            DirectoryEntry => Searchable,
            FileEntry => Readable,
            _ => UnixFileMode.None,
        };
        return metadata with { Permissions = (ushort)(metadata.Permissions | (ushort)wanted) };
    }

    private async Task<LockFile> RestoreAsync(PackageList list, CancellationToken cancellationToken)
    {
        var keys = Path.Combine(folders.Repository, "recipes", "keys");
        var store = new ContentStore(ContentStore.DefaultDirectory);
        using var downloader = new Downloader(store);
        var restorer = new InputRestorer(store, downloader, TimeProvider.System, log);
        var input = new RestoreInput
        {
            LockFile = list.LockFile(folders),
            Requests = new InputRequests { Repositories = [PackageList.Repository], Groups = [list.Group(folders)] },
            Sources =
            [
                new RepositorySource(
                    PackageList.Repository,
                    [Path.Combine(keys, "debian-archive-trixie-automatic.asc"), Path.Combine(keys, "debian-archive-trixie-stable.asc")],
                    () => DebianMirror.Find(null, Environment.GetEnvironmentVariable(DebianMirror.EnvironmentVariable))),
            ],
        };
        var result = await restorer.RestoreAsync(input, new Downloads(log), cancellationToken).ConfigureAwait(false);
        if (result.WasWritten)
        {
            log.Say($"Wrote {Path.GetRelativePath(folders.Repository, input.LockFile)}");
        }

        return result.LockFile;
    }

    /// <summary>Tells of each package that is there.</summary>
    private sealed class Downloads(ProgressLog log) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            if (value.Bytes == value.Total)
            {
                log.Say($"Downloaded {value.Name}");
            }
        }
    }

    /// <summary>Packages that are no system together may hold different things at one path: any of them will do here.</summary>
    private sealed class Ignoring : IDiagnosticReporter
    {
        public void Report(Diagnostic diagnostic)
        {
        }
    }
}
