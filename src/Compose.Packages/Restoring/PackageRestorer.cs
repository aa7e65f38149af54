using System.Collections.Concurrent;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Packages.Restoring;

/// <summary>Restores Debian packages: resolves them against a repository, and unpacks what it downloads.</summary>
internal sealed class PackageRestorer(ContentStore store, Downloader downloader, TimeProvider clock, RestoreInput input) : IInputRestorer
{
    private readonly UnpackedDebs _unpacked = new(store);

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked) => PackageDifferences.Of(locked, input.Requests);

    /// <inheritdoc/>
    public bool IsOutdated(DiagnosticException failure) =>
        failure.Diagnostic.Descriptor == PackageDiagnostics.FileMissing || failure.Diagnostic.Descriptor == PackageDiagnostics.WrongHash;

    /// <inheritdoc/>
    public async Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var requests = input.Requests;
        if (requests.Groups.Count == 0 || requests.Repository is not { } repository)
        {
            return target;
        }

        if (!isForced && previous is not null && Differences(previous).Count == 0)
        {
            return target with { Repositories = previous.Repositories, Groups = previous.Groups };
        }

        input.RequireNetwork($"the package index of {repository}");
        var verifier = new ReleaseVerifier(TrustedKeys.Load(input.KeyFiles), clock);
        var indexes = await new RepositoryReader(store, downloader, verifier)
            .ReadAsync(input.Mirror(), repository, cancellationToken).ConfigureAwait(false);
        var groups = new SortedDictionary<string, LockedGroup>(StringComparer.Ordinal);
        foreach (var group in requests.Groups)
        {
            var resolution = Resolver.Resolve(group.Requests, group.ReadInstalled(), repository, indexes, group.Recommends);
            groups.Add(group.Name, new LockedGroup
            {
                Requests = group.SortedRequests,
                Recommends = group.Recommends,
                Uses = resolution.Uses,
                Packages = [.. resolution.Packages.Select(LockedPackage.Of)],
            });
        }

        return target with { Repositories = [LockedRepository.Of(repository)], Groups = groups };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FetchAsync(
        LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var missing = Missing(locked);
        if (missing.Count > 0)
        {
            input.RequireNetwork(string.Join(", ", missing));
            await DownloadAsync(missing, progress, cancellationToken).ConfigureAwait(false);
        }

        return [.. missing.Select(package => package.ToString())];
    }

    private List<LockedPackage> Missing(LockFile file) =>
    [
        .. file.Packages.Where(package =>
            !(store.TryGetBlob(package.Digest, out var blob) && blob.Length == package.Size) && !_unpacked.TryGet(package.Digest, out _)),
    ];

    /// <summary>Downloads packages, and unpacks each that is there while others still arrive.</summary>
    private async Task DownloadAsync(List<LockedPackage> packages, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var mirror = input.Mirror();
        var requests = packages.Select(package =>
            new DownloadRequest(DebianRepository.Address(mirror, package.FileName), package.Digest, package.Size, package.ToString()));
        var fileNames = packages.DistinctBy(package => package.Digest).ToDictionary(package => package.Digest, package => Path.GetFileName(package.FileName));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var cores = new SemaphoreSlim(Environment.ProcessorCount);
        var unpacking = new ConcurrentBag<Task>();
        try
        {
            await downloader.GetAllAsync(requests, progress, deb => unpacking.Add(UnpackAsync(deb)), cancellationToken).ConfigureAwait(false);
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
            finally
            {
                cores.Release();
            }
        }
    }
}
