using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Packages.Debian;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs;

namespace Compose.Packages.Releases;

/// <summary>What a repository has.</summary>
/// <param name="Packages">The index of each component, in the repository's order.</param>
/// <param name="Date">When its release file was made.</param>
public sealed record RepositoryIndexes(IReadOnlyList<PackageIndex> Packages, DateTimeOffset Date);

/// <summary>Reads a repository's indexes from a mirror: the signed release file, and by its digests the package indexes.</summary>
/// <param name="store">Where indexes are kept.</param>
/// <param name="downloader">Downloads them.</param>
/// <param name="verifier">Checks the release file.</param>
/// <param name="session">What identifies a restore of several projects: they share each release file. Null for none.</param>
public sealed class RepositoryReader(ContentStore store, Downloader downloader, ReleaseVerifier verifier, string? session = null)
{
    private const int MaximumRelease = 16 * 1024 * 1024;
    private const long MaximumIndex = 1L << 30;

    /// <summary>The kept fields of an index, under the digest of the whole index. The number changes with what is kept.</summary>
    private const string RecordKind = "packages-1";

    private readonly AcceptedReleases _accepted = new(store);
    private readonly SessionFiles _session = new(store, session);

    /// <summary>Reads the index of each component, in the repository's order.</summary>
    /// <param name="mirror">The mirror's address, ended by a slash.</param>
    /// <param name="repository">What to read.</param>
    /// <param name="locked">When the release file was made that the lock file was resolved against: an older one is refused.</param>
    /// <param name="progress">Told of the indexes that are downloaded.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">Something cannot be downloaded, is not trusted, or is malformed.</exception>
    public async Task<RepositoryIndexes> ReadAsync(
        Uri mirror,
        DebianRepository repository,
        DateTimeOffset? locked = null,
        IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (!repository.IsPlain)
        {
            throw new DiagnosticException(PackageDiagnostics.BadRequest.Create(
                $"'{repository}' is not a repository: suite, components and architecture are plain names."));
        }

        var dist = $"dists/{repository.Suite}/";
        var address = DebianRepository.Address(mirror, dist + "InRelease");
        var inRelease = await _session.GetAsync(
            Credentials.WithoutUser(address).AbsoluteUri, token => downloader.GetSmallAsync(address, MaximumRelease, token), cancellationToken).ConfigureAwait(false);
        var release = verifier.Verify(inRelease, repository.Suite);
        _accepted.Accept(release, repository.Suite, locked);
        var indexes = new List<PackageIndex>();
        foreach (var component in repository.Components)
        {
            var folder = $"{component}/binary-{repository.Architecture}/";
            indexes.Add(await ReadIndexAsync(mirror, dist, folder, release, repository, progress, cancellationToken).ConfigureAwait(false));
        }

        return new RepositoryIndexes(indexes, release.Date);
    }

    private async Task<PackageIndex> ReadIndexAsync(
        Uri mirror,
        string dist,
        string folder,
        ReleaseFile release,
        DebianRepository repository,
        IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        var path = folder + "Packages";
        var isListed = release.TryGet(path, out var whole);
        if (isListed && ReadKept(whole.Sha256, repository) is { } kept)
        {
            return kept;
        }

        foreach (var extension in new[] { ".xz", ".gz" })
        {
            if (release.TryGet(path + extension, out var packed))
            {
                // Who waits here finds what another restore has kept.
                var held = await StoreLock.TakeAsync(store, $"{packed.Sha256}.index", cancellationToken).ConfigureAwait(false);
                await using (held.ConfigureAwait(false))
                {
                    if (isListed && ReadKept(whole.Sha256, repository) is { } keptMeanwhile)
                    {
                        return keptMeanwhile;
                    }

                    var blob = await DownloadAsync(
                        mirror, dist, path + extension, packed, release.AcquireByHash, progress, cancellationToken).ConfigureAwait(false);
                    var index = Parse(blob, path, repository.Architecture, cancellationToken);
                    if (isListed)
                    {
                        store.WriteRecord(RecordKind, whole.Sha256, index.Text.Span);
                    }

                    store.Discard(packed.Sha256);
                    return index;
                }
            }
        }

        throw new DiagnosticException(PackageDiagnostics.BadRelease.Create(
            $"The release file of '{repository.Suite}' lists no {path}.xz and no {path}.gz: the component or the architecture is not in the suite."));
    }

    /// <summary>The index as it was kept; null when it was not, or what was kept is damaged.</summary>
    private PackageIndex? ReadKept(Sha256Digest index, DebianRepository repository)
    {
        try
        {
            if (store.TryReadRecord(RecordKind, index, out var kept))
            {
                store.NoteUse(RecordKind, index);
                return PackageIndex.FromText(kept, repository.Architecture);
            }
        }
        catch (InvalidDataException)
        {
            // The index is read anew.
        }

        return null;
    }

    private async Task<BlobContent> DownloadAsync(
        Uri mirror, string dist, string path, ReleaseEntry entry, bool byHash, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var file = byHash ? $"{path[..path.LastIndexOf('/')]}/by-hash/SHA256/{entry.Sha256}" : path;
            var request = new DownloadRequest(DebianRepository.Address(mirror, dist + file), entry.Sha256, entry.Size, dist + path);
            return await downloader.GetAsync(request, progress, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (DiagnosticException e) when (byHash && e.Diagnostic.Descriptor == PackageDiagnostics.FileMissing)
        {
            // A copy of a mirror may lack the folder of digests; the digest is checked all the same.
            return await DownloadAsync(mirror, dist, path, entry, byHash: false, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private static PackageIndex Parse(BlobContent blob, string path, string architecture, CancellationToken cancellationToken)
    {
        try
        {
            using var file = new BufferedStream(blob.OpenRead(), 128 * 1024);
            Span<byte> magic = stackalloc byte[Decompression.MagicSize];
            file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
            file.Position = 0;
            using var packages = Decompression.Open(file, Decompression.FromMagic(magic), MaximumIndex);
            return PackageIndex.Parse(packages, architecture, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or SizeLimitException)
        {
            throw new DiagnosticException(PackageDiagnostics.BadIndex.Create($"The package index {path} cannot be used: {e.Message}"), e);
        }
    }
}
