using System.Collections.Concurrent;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Restores archives: finds their versions, downloads, checks and unpacks them.</summary>
internal sealed class ArchiveRestorer(
    ContentStore store, UpstreamDownloader downloader, TimeProvider clock, IDiagnosticReporter reporter, RestoreInput input) : IInputRestorer
{
    private const int Parallelism = 4;

    private readonly ArchiveUnpacker _unpacker = new(store);

    private IEnumerable<ArchiveRequest> Requests => input.Requests.Archives.DistinctBy(request => request.Name);

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked)
    {
        var differences = ArchiveDifferences.Of(locked, input.Requests.Archives);
        return differences.Count > 0
            ? differences
            : [.. Requests.Where(request => HasChanged(Find(locked, request)!, request)).Select(request => $"the archive '{request.Name}' has other bytes")];
    }

    /// <inheritdoc/>
    /// <remarks>An archive that is gone or changed may be an attack; what takes its place is for its author to say.</remarks>
    public bool IsOutdated(DiagnosticException failure) => false;

    /// <inheritdoc/>
    public async Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        CheckRepeated();
        var archives = new ConcurrentBag<LockedArchive>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Requests, options, async (request, token) =>
        {
            var known = previous is null ? null : Find(previous, request);
            var fits = known is not null && ArchiveDifferences.Of(known, request) is null;
            archives.Add(fits && !isForced && !HasChanged(known!, request)
                ? known!
                : await ResolveAsync(request, fits ? known : null, progress, token).ConfigureAwait(false));
        }).ConfigureAwait(false);
        return archives.IsEmpty ? target : target with { Archives = [.. archives.OrderBy(archive => archive.Name, StringComparer.Ordinal)] };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FetchAsync(LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var fetched = new ConcurrentBag<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Requests, options, async (request, token) =>
        {
            var archive = Find(locked, request)!;
            var isHere = store.TryGetBlob(archive.Digest, out var blob) && blob.Length == archive.Size;
            if ((isHere || !input.KeepsDownloads) && _unpacker.TryGet(archive.Digest, out _))
            {
                return;
            }

            // What lies in the store may have been damaged there: it is hashed before it is used.
            if (store.TryGetBlob(archive.Digest, out blob) && _unpacker.GetOrUnpack(blob, isVerified: false, archive.Source, request.Limits, token) is not null)
            {
                return;
            }

            var file = await DownloadAsync(request, archive, progress, token).ConfigureAwait(false);
            fetched.Add(archive.Source);
            _unpacker.GetOrUnpack(file.Content, isVerified: true, archive.Source, request.Limits, token);
        }).ConfigureAwait(false);
        return [.. fetched.Order(StringComparer.Ordinal)];
    }

    private static LockedArchive? Find(LockFile file, ArchiveRequest request) => file.Archives?.FirstOrDefault(archive => archive.Name == request.Name);

    private static string? NameOf(string? address) => address is null ? null : Credentials.Remove(address);

    /// <summary>One archive may be taken from twice, but is one archive.</summary>
    private void CheckRepeated()
    {
        foreach (var group in input.Requests.Archives.GroupBy(request => request.Name, StringComparer.Ordinal))
        {
            if (group.Select(request => (request.Version, request.Sha256, request.SignatureUrl, request.ChecksumsUrl, request.ChecksumsSignatureUrl)).Distinct().Count() > 1)
            {
                throw ArchiveAddress.Bad(group.First(), $"'{group.Key}' is named twice, with different versions, digests or checks.");
            }
        }
    }

    /// <summary>Whether a file of this machine is another than the one that is locked.</summary>
    private bool HasChanged(LockedArchive locked, ArchiveRequest request)
    {
        var address = ArchiveAddress.Of(request, request.Source, locked.Version);
        return address.IsFile && LocalArchive.DigestOf(address.LocalPath, store) is { } digest && digest != locked.Digest;
    }

    private async Task<LockedArchive> ResolveAsync(
        ArchiveRequest request, LockedArchive? known, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var wanted = ArchiveVersion.Of(request);
        if (wanted is { Exact: null } && request.VersionsUrl is { } versions && !ArchiveAddress.Of(request, versions, null).IsFile)
        {
            input.RequireNetwork($"the versions of {request.Name}");
        }

        var version = wanted is null ? null
            : wanted.Exact ?? await new ArchiveVersionList(downloader).FindAsync(request, wanted, cancellationToken).ConfigureAwait(false);
        var address = ArchiveAddress.Of(request, request.Source, version);
        var source = address.IsFile && !request.Source.Contains("://", StringComparison.Ordinal)
            ? ArchiveAddress.Expand(request.Source, version)
            : Credentials.Remove(new Uri(address.AbsoluteUri).AbsoluteUri);
        var isSame = known is not null && known.Source == source && IsPresent(known);
        var state = address.IsFile ? LocalArchive.StateOf(address.LocalPath) : null;
        var file = await DownloadAsync(request, address, request.Sha256, isSame ? known!.EntityTag : null, progress, cancellationToken).ConfigureAwait(false);
        if (state is { } read && file is not null)
        {
            LocalArchive.Remember(read, file.Content.Digest, store);
        }

        if (file is null || (known is not null && known.Source == source && file.Content.Digest == known.Digest))
        {
            // The server still has what is locked.
            return file is null ? known! : known! with { EntityTag = file.EntityTag ?? known.EntityTag };
        }

        var digest = file.Content.Digest;
        await new ArchiveChecks(downloader, clock).CheckAsync(request, version, digest, file.Content.OpenRead, cancellationToken).ConfigureAwait(false);
        _unpacker.GetOrUnpack(file.Content, isVerified: true, source, request.Limits, cancellationToken);
        if (!address.IsFile && request is { Sha256: null, SignatureUrl: null, ChecksumsUrl: null })
        {
            reporter.Report(PackageDiagnostics.TakenOnTrust.Create(
                $"'{source}' is taken on trust: the lock file now pins its SHA-256 {digest}. Compare it with what its publisher says, or name a signature or checksums.",
                request.Source));
        }

        return new LockedArchive
        {
            Name = request.Name,
            Requested = request.Version,
            Version = version,
            Source = source,
            Sha256 = digest.ToString(),
            Size = file.Content.Length,
            EntityTag = file.EntityTag,
            Signature = NameOf(request.SignatureUrl),
            Checksums = NameOf(request.ChecksumsUrl),
            ChecksumsSignature = NameOf(request.ChecksumsSignatureUrl),
        };
    }

    private bool IsPresent(LockedArchive archive) =>
        (store.TryGetBlob(archive.Digest, out var blob) && blob.Length == archive.Size) || _unpacker.TryGet(archive.Digest, out _);

    private async Task<UpstreamFile> DownloadAsync(
        ArchiveRequest request, LockedArchive archive, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var address = ArchiveAddress.Of(request, request.Source, archive.Version);
        return (await DownloadAsync(request, address, archive.Digest, null, progress, cancellationToken).ConfigureAwait(false))!;
    }

    private Task<UpstreamFile?> DownloadAsync(
        ArchiveRequest request, Uri address, Compose.FileTrees.Sha256Digest? digest, string? entityTag, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (!address.IsFile && !(digest is { } known && store.TryGetBlob(known, out _)))
        {
            input.RequireNetwork(request.Name);
        }

        var upstream = new UpstreamRequest(address, request.MaximumSize) { Sha256 = digest, KnownEntityTag = entityTag };
        return downloader.GetAsync(upstream, progress, cancellationToken);
    }
}
