using System.Collections.Concurrent;
using Compose.FileTrees;
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
    private readonly ConcurrentBag<Diagnostic> _takenOnTrust = [];

    private IEnumerable<ArchiveRequest> Requests => input.Requests.Archives.DistinctBy(request => request.Name);

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked) => ArchiveDifferences.Of(locked, input.Requests.Archives, store);

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
            try
            {
                archives.Add(fits && !isForced && !ArchiveDifferences.HasChanged(known!, request, store)
                    ? known!
                    : await ResolveAsync(request, fits ? known : null, progress, token).ConfigureAwait(false));
            }
            catch (DiagnosticException e)
            {
                throw request.Failed(e);
            }
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
            try
            {
                if (await FetchAsync(request, archive, progress, token).ConfigureAwait(false))
                {
                    fetched.Add(archive.Source);
                }
            }
            catch (DiagnosticException e)
            {
                throw request.Failed(e);
            }
        }).ConfigureAwait(false);

        // Only now: where nothing is fetched, what was resolved is not written to the lock file either.
        foreach (var message in _takenOnTrust.OrderBy(message => message.Message, StringComparer.Ordinal))
        {
            reporter.Report(message);
        }

        return [.. fetched.Order(StringComparer.Ordinal)];
    }

    private static LockedArchive? Find(LockFile file, ArchiveRequest request) => file.Archives?.FirstOrDefault(archive => archive.Name == request.Name);

    private static string? NameOf(string? address) => address is null ? null : Credentials.Remove(address);

    /// <summary>One archive may be taken from twice, but is one archive.</summary>
    private void CheckRepeated()
    {
        foreach (var group in input.Requests.Archives.GroupBy(request => request.Name, StringComparer.Ordinal))
        {
            if (group.Select(request => (request.Source, request.Version, request.Sha256, request.SignatureUrl, request.ChecksumsUrl, request.ChecksumsSignatureUrl)).Distinct().Count() > 1)
            {
                throw ArchiveAddress.Bad(group.First(), $"'{group.Key}' is named twice, with different versions, digests, checks or credentials.");
            }
        }
    }

    /// <returns>Whether it was not in the store.</returns>
    private async Task<bool> FetchAsync(
        ArchiveRequest request, LockedArchive archive, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var isHere = store.TryGetBlob(archive.Digest, out var blob) && blob.Length == archive.Size;
        if ((isHere || !input.KeepsDownloads) && _unpacker.TryGet(archive.Digest, out _))
        {
            return false;
        }

        // What lies in the store may have been damaged there: it is hashed before it is used.
        if (store.TryGetBlob(archive.Digest, out blob)
            && _unpacker.GetOrUnpack(blob, isVerified: false, archive.Source, request.Limits, cancellationToken) is not null)
        {
            return false;
        }

        var file = await DownloadAsync(request, archive, progress, cancellationToken).ConfigureAwait(false);
        _unpacker.GetOrUnpack(file.Content, isVerified: true, archive.Source, request.Limits, cancellationToken);
        return true;
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
        if (request.Sha256 is { } expected && store.TryGetBlob(expected, out var stored))
        {
            CheckStored(request, address, stored);
        }

        var upstream = new UpstreamRequest(address, request.MaximumSize) { Sha256 = request.Sha256, KnownEntityTag = isSame ? known!.EntityTag : null };
        var file = await DownloadAsync(request, upstream, progress, cancellationToken).ConfigureAwait(false);
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
        await new ArchiveChecks(downloader, clock, input).CheckAsync(request, version, digest, file.Content.OpenRead, cancellationToken).ConfigureAwait(false);
        _unpacker.GetOrUnpack(file.Content, isVerified: true, source, request.Limits, cancellationToken);
        if (!address.IsFile && request is { Sha256: null, SignatureUrl: null, ChecksumsUrl: null })
        {
            var way = address.Scheme == Uri.UriSchemeHttp ? " It came by http, where anyone on its way could have changed it." : "";
            _takenOnTrust.Add(PackageDiagnostics.TakenOnTrust.Create(
                $"'{source}' is taken on trust: the lock file now pins its SHA-256 {digest}.{way} Compare it with what its publisher says, or name a signature or checksums.",
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

    /// <summary>What the project's digest finds in the store may have been damaged there, and may not be what lies at the address now.</summary>
    private void CheckStored(ArchiveRequest request, Uri address, BlobContent stored)
    {
        if (address.IsFile && LocalArchive.DigestOf(address.LocalPath, store) is { } found && found != stored.Digest)
        {
            throw new DiagnosticException(PackageDiagnostics.ArchiveChanged.Create(
                $"'{request.Name}' is not the file that was asked for: it has the SHA-256 {found}, and {stored.Digest} was expected.", request.Source));
        }

        // One that is damaged is got anew.
        if (!ArchiveUnpacker.IsRight(stored))
        {
            store.Remove(stored.Digest);
        }
    }

    private async Task<UpstreamFile> DownloadAsync(
        ArchiveRequest request, LockedArchive archive, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var address = ArchiveAddress.Of(request, request.Source, archive.Version);
        var upstream = new UpstreamRequest(address, request.MaximumSize) { Sha256 = archive.Digest, Size = archive.Size };
        return (await DownloadAsync(request, upstream, progress, cancellationToken).ConfigureAwait(false))!;
    }

    private Task<UpstreamFile?> DownloadAsync(
        ArchiveRequest request, UpstreamRequest upstream, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (!upstream.Address.IsFile && !(upstream.Sha256 is { } known && store.TryGetBlob(known, out _)))
        {
            input.RequireNetwork(request.Name);
        }

        return downloader.GetAsync(upstream, progress, cancellationToken);
    }
}
