using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
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
        failure.Diagnostic.Descriptor == PackageDiagnostics.FileMissing || failure.Diagnostic.Descriptor == PackageDiagnostics.RepositoryMissing;

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
        var read = new List<(DebianRepository Repository, RepositoryIndexes Indexes)>();
        foreach (var source in input.Sources)
        {
            if (FindMirror(source) is { } mirror)
            {
                var verifier = new ReleaseVerifier(TrustedKeys.Load(source.KeyFiles), clock);
                var reader = new RepositoryReader(store, downloader, verifier, input.Session);
                var locked = DateOf(source.Repository, previous);
                read.Add((source.Repository, await reader.ReadAsync(mirror, source.Repository, locked, progress, cancellationToken).ConfigureAwait(false)));
            }
        }

        var groups = new SortedDictionary<string, LockedGroup>(StringComparer.Ordinal);
        PackageIndex[] indexes = [.. read.SelectMany(repository => repository.Indexes.Packages)];
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

        // What pins the same stays the same: a later date alone is no change.
        return previous is not null && PinsTheSame(previous, groups)
            ? target with { Repositories = previous.Repositories, Groups = previous.Groups }
            : target with
            {
                Repositories =
                [
                    .. requests.Repositories.Select(repository => LockedRepository.Of(repository) with
                    {
                        Date = read.FirstOrDefault(other => other.Repository == repository).Indexes?.Date ?? DateOf(repository, previous),
                    }),
                ],
                Groups = groups,
            };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FetchAsync(
        LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        // A package that is here and was not unpacked, or of which a file has gone since, is unpacked now.
        var missing = locked.Packages.Where(package => !IsPresent(package) && (input.KeepsDownloads || !_unpacked.IsUnpacked(package.Digest))).ToList();
        missing.AddRange(UnpackPresent(locked.Packages.Except(missing), cancellationToken));
        if (missing.Count > 0)
        {
            input.RequireNetwork(string.Join(", ", missing));
            await DownloadAsync(missing, locked, progress, cancellationToken).ConfigureAwait(false);
        }

        return [.. missing.Select(package => package.ToString())];
    }

    /// <summary>When the release file was made with which the packages of the lock file were resolved.</summary>
    private static DateTimeOffset? DateOf(DebianRepository repository, LockFile? locked) =>
        locked?.Repositories?.FirstOrDefault(other => other.ToRepository() == repository)?.Date;

    private bool PinsTheSame(LockFile locked, SortedDictionary<string, LockedGroup> groups) =>
        locked.Repositories is { } repositories
        && repositories.Select(repository => repository.ToRepository()).SequenceEqual(input.Requests.Repositories)
        && (LockFile.Empty with { Groups = groups }).ToBytes().AsSpan().SequenceEqual((LockFile.Empty with { Groups = locked.Groups }).ToBytes());

    /// <summary>Unpacks those packages that are in the store and were not unpacked.</summary>
    /// <returns>Those that were damaged there: they are no longer.</returns>
    private List<LockedPackage> UnpackPresent(IEnumerable<LockedPackage> packages, CancellationToken cancellationToken)
    {
        var damaged = new ConcurrentBag<LockedPackage>();
        try
        {
            Parallel.ForEach(
                packages.Where(package => !_unpacked.IsUnpacked(package.Digest)).ToArray(),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                package =>
                {
                    if (!store.TryGetBlob(package.Digest, out var deb)
                        || _unpacked.GetOrUnpack(deb, Path.GetFileName(package.FileName), cancellationToken) is null)
                    {
                        damaged.Add(package);
                    }
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return [.. damaged.OrderBy(package => package.Name, StringComparer.Ordinal)];
    }

    /// <summary>The suite to lock a package with; null for that of the first repository.</summary>
    private string? SuiteOf(BinaryPackage package, List<(DebianRepository Repository, RepositoryIndexes Indexes)> read)
    {
        var (repository, _) = read.First(candidate => candidate.Indexes.Packages.Any(index => index.Named(package.Name).Any(other =>
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

    /// <summary>The address of a package's file.</summary>
    private Uri AddressOf(LockedPackage package, LockFile locked)
    {
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

    /// <summary>Downloads packages, and unpacks each while it arrives.</summary>
    private async Task DownloadAsync(
        List<LockedPackage> packages, LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var requests = packages.Select(package =>
            new DownloadRequest(AddressOf(package, locked), package.Digest, package.Size, package.ToString()));
        var fileNames = packages.DistinctBy(package => package.Digest).ToDictionary(package => package.Digest, package => Path.GetFileName(package.FileName));
        await downloader.GetAllAsync(
            requests,
            progress,
            (request, bytes, transaction, token) =>
                _unpacked.Unpack(bytes, request.Sha256, request.Size, fileNames[request.Sha256], transaction, token),
            cancellationToken).ConfigureAwait(false);
    }
}
