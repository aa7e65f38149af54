using System.Collections.Concurrent;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Packages.Debian;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Packages.Restoring;

/// <summary>Restores Debian packages: resolves them against the project's repositories, and unpacks what it downloads.</summary>
internal sealed class PackageRestorer(
    ContentStore store, Downloader downloader, TimeProvider clock, RestoreInput input, IDiagnosticReporter reporter) : IInputRestorer
{
    private readonly UnpackedDebs _unpacked = new(store);

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked) => PackageDifferences.Of(locked, input.Requests);

    /// <inheritdoc/>
    public bool IsOutdated(DiagnosticException failure) =>
        failure.Diagnostic.Descriptor == PackageDiagnostics.FileMissing || failure.Diagnostic.Descriptor == PackageDiagnostics.WrongHash
        || failure.Diagnostic.Descriptor == PackageDiagnostics.RepositoryMissing;

    /// <inheritdoc/>
    public async Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var requests = input.Requests;
        if (requests.Groups.Count == 0 || requests.Repositories.Count == 0)
        {
            return target;
        }

        if (!isForced && previous is not null && Differences(previous).Count == 0)
        {
            return target with { Repositories = previous.Repositories, Groups = previous.Groups };
        }

        input.RequireNetwork($"the package index of {string.Join(" and ", requests.Repositories)}");
        var read = new List<(DebianRepository Repository, IReadOnlyList<PackageIndex> Indexes)>();
        foreach (var source in input.Sources)
        {
            if (FindMirror(source) is { } mirror)
            {
                var verifier = new ReleaseVerifier(TrustedKeys.Load(source.KeyFiles), clock);
                var reader = new RepositoryReader(store, downloader, verifier, input.Session);
                read.Add((source.Repository, await reader.ReadAsync(mirror, source.Repository, cancellationToken).ConfigureAwait(false)));
            }
        }

        var groups = new SortedDictionary<string, LockedGroup>(StringComparer.Ordinal);
        PackageIndex[] indexes = [.. read.SelectMany(repository => repository.Indexes)];
        foreach (var group in requests.Groups)
        {
            var resolution = Resolver.Resolve(group.Requests, group.ReadInstalled(), requests.Repositories, indexes, group.Recommends);
            groups.Add(group.Name, new LockedGroup
            {
                Requests = group.SortedRequests,
                Recommends = group.Recommends,
                Uses = resolution.Uses,
                Packages = [.. resolution.Packages.Select(package => LockedPackage.Of(package, SuiteOf(package, read)))],
            });
        }

        return target with { Repositories = [.. requests.Repositories.Select(LockedRepository.Of)], Groups = groups };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FetchAsync(
        LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        // A package that is here and was not unpacked, or of which a file has gone since, is unpacked now.
        var missing = locked.Packages.Where(package => !IsPresent(package) && (input.KeepsDownloads || !_unpacked.IsUnpacked(package.Digest))).ToList();
        var packed = locked.Packages.Except(missing).Where(package => !_unpacked.IsUnpacked(package.Digest)).ToList();
        if (missing.Count > 0)
        {
            input.RequireNetwork(string.Join(", ", missing));
        }

        if (missing.Count + packed.Count > 0)
        {
            await FetchAsync([.. missing, .. packed], locked, progress, cancellationToken).ConfigureAwait(false);
        }

        return [.. missing.Select(package => package.ToString())];
    }

    /// <summary>The suite to lock a package with; null for that of the first repository.</summary>
    private string? SuiteOf(BinaryPackage package, List<(DebianRepository Repository, IReadOnlyList<PackageIndex> Indexes)> read)
    {
        var (repository, _) = read.First(candidate => candidate.Indexes.Any(index => index.Named(package.Name).Any(other =>
            other.Version == package.Version && other.Sha256 == package.Sha256 && other.FileName == package.FileName)));
        return repository == input.Requests.Repositories[0] ? null : repository.NameAmong(input.Requests.Repositories);
    }

    /// <summary>The repository's mirror; null when it is left out.</summary>
    private Uri? FindMirror(RepositorySource source)
    {
        try
        {
            return source.Mirror();
        }
        catch (DiagnosticException e) when (source.IsOptional && e.Diagnostic.Descriptor == PackageDiagnostics.NoMirror)
        {
            reporter.Report(PackageDiagnostics.RepositoryLeftOut.Create(
                $"The repository {source.Repository} is left out, and with it what only it has, such as security updates. {e.Diagnostic.Message}"));
            return null;
        }
    }

    private bool IsPresent(LockedPackage package) => store.TryGetBlob(package.Digest, out var blob) && blob.Length == package.Size;

    /// <summary>The address of a package's file; a made-up one where it is not looked at.</summary>
    private Uri AddressOf(LockedPackage package, LockFile locked)
    {
        if (IsPresent(package))
        {
            return new Uri("file:///" + package.FileName);
        }

        var source = input.Sources.First(candidate =>
            package.Suite is null || candidate.Repository.NameAmong(input.Requests.Repositories) == package.Suite);
        try
        {
            return DebianRepository.Address(source.Mirror(), package.FileName);
        }
        catch (DiagnosticException e) when (source.IsOptional && e.Diagnostic.Descriptor == PackageDiagnostics.NoMirror)
        {
            throw new DiagnosticException(PackageDiagnostics.RepositoryMissing.Create(
                $"The package {package} is of {locked.RepositoryOf(package)}. {e.Diagnostic.Message}"), e);
        }
    }

    /// <summary>Downloads packages, and unpacks each that is there while others still arrive.</summary>
    private async Task FetchAsync(
        List<LockedPackage> packages, LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var requests = packages.DistinctBy(package => package.Digest).ToDictionary(
            package => package.Digest,
            package => new DownloadRequest(AddressOf(package, locked), package.Digest, package.Size, package.ToString()));
        var fileNames = packages.DistinctBy(package => package.Digest).ToDictionary(package => package.Digest, package => Path.GetFileName(package.FileName));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var cores = new SemaphoreSlim(Environment.ProcessorCount);
        var unpacking = new ConcurrentBag<Task>();
        try
        {
            await downloader.GetAllAsync(requests.Values, progress, deb => unpacking.Add(UnpackAsync(deb)), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(unpacking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await Task.WhenAll(unpacking).ConfigureAwait(false);

        async Task UnpackAsync(BlobContent deb)
        {
            await cores.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                await Task.Run(() => _unpacked.GetOrUnpack(deb, fileNames[deb.Digest], stop.Token), stop.Token).ConfigureAwait(false);
            }
            catch (DiagnosticException e) when (e.Diagnostic.Descriptor == StorageDiagnostics.DamagedBlob)
            {
                // It was here, and was damaged: it is gone now, and fetched again.
                var package = packages.First(candidate => candidate.Digest == deb.Digest);
                var request = requests[deb.Digest] with { Address = AddressOf(package, locked) };
                var again = await downloader.GetAsync(request, progress, stop.Token).ConfigureAwait(false);
                await Task.Run(() => _unpacked.GetOrUnpack(again, fileNames[deb.Digest], stop.Token), stop.Token).ConfigureAwait(false);
            }
            finally
            {
                cores.Release();
            }
        }
    }
}
