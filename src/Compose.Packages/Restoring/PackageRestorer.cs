using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Packages.Restoring;

/// <summary>
/// Brings a project's packages into the content store, and unpacks what it downloads. A lock file that fits the project is
/// obeyed: then nothing is resolved, and when the store has all packages no network is used.
/// </summary>
public sealed class PackageRestorer(ContentStore store, Downloader downloader, TimeProvider clock, IDiagnosticReporter reporter)
{
    private readonly UnpackedDebs _unpacked = new(store);

    /// <summary>Restores.</summary>
    /// <param name="input">What the project asks for.</param>
    /// <param name="progress">Told of downloads, from several threads.</param>
    /// <param name="cancellationToken">Ends the work. What was downloaded stays.</param>
    /// <exception cref="DiagnosticException">The packages cannot be had; the lock file is as it was.</exception>
    public async Task<RestoreResult> RestoreAsync(
        RestoreInput input, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (input.LockedMode && input.ForceEvaluate)
        {
            throw new DiagnosticException(PackageDiagnostics.LockedAndForced.Create(
                "RestoreLockedMode keeps the lock file and RestoreForceEvaluate makes it anew. Set only one of them."));
        }

        var locked = LockFile.TryRead(input.LockFile);
        var differences = locked is null ? [] : LockFileCheck.Differences(locked, input.Repository, input.Groups);
        if (locked is not null && differences.Count == 0 && !input.ForceEvaluate)
        {
            if (await TryObeyAsync(locked, input, progress, cancellationToken).ConfigureAwait(false) is { } obeyed)
            {
                return obeyed;
            }
        }
        else if (input.LockedMode)
        {
            throw locked is null
                ? new DiagnosticException(PackageDiagnostics.NoLockFile.Create(
                    $"'{input.LockFile}' is missing, and RestoreLockedMode forbids making it. Run 'dotnet restore' without it and commit the file."))
                : new DiagnosticException(PackageDiagnostics.StaleLockFile.Create(
                    $"'{input.LockFile}' does not fit the project, and RestoreLockedMode forbids changing it: {string.Join("; ", differences)}."));
        }

        var resolved = await ResolveAsync(input, cancellationToken).ConfigureAwait(false);
        var missing = Missing(resolved);
        await DownloadAsync(missing, input, progress, cancellationToken).ConfigureAwait(false);
        return new RestoreResult(resolved, WasResolved: true, resolved.Write(input.LockFile), missing);
    }

    /// <summary>Fetches what the lock file names.</summary>
    /// <returns>Null when a package is no longer to be had and so all is to be resolved anew.</returns>
    private async Task<RestoreResult?> TryObeyAsync(
        LockFile locked, RestoreInput input, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var missing = Missing(locked);
        if (missing.Count == 0)
        {
            return new RestoreResult(locked, WasResolved: false, WasWritten: false, []);
        }

        try
        {
            await DownloadAsync(missing, input, progress, cancellationToken).ConfigureAwait(false);
            return new RestoreResult(locked, WasResolved: false, WasWritten: false, missing);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Descriptor == PackageDiagnostics.FileMissing
            || e.Diagnostic.Descriptor == PackageDiagnostics.WrongHash)
        {
            if (input.LockedMode)
            {
                throw new DiagnosticException(PackageDiagnostics.LockedPackageGoneInLockedMode.Create(
                    $"A package of '{input.LockFile}' cannot be had, and RestoreLockedMode forbids another: {e.Diagnostic.Message}"), e);
            }

            reporter.Report(PackageDiagnostics.LockedPackageGone.Create(
                $"A package of '{input.LockFile}' cannot be had, so all are resolved anew: {e.Diagnostic.Message}"));
            return null;
        }
    }

    private async Task<LockFile> ResolveAsync(RestoreInput input, CancellationToken cancellationToken)
    {
        RequireNetwork(input, $"the package index of {input.Repository}");
        var verifier = new ReleaseVerifier(TrustedKeys.Load(input.KeyFiles), clock);
        var indexes = await new RepositoryReader(store, downloader, verifier)
            .ReadAsync(input.Mirror(), input.Repository, cancellationToken).ConfigureAwait(false);
        var groups = new SortedDictionary<string, LockedGroup>(StringComparer.Ordinal);
        foreach (var group in input.Groups)
        {
            var resolution = Resolver.Resolve(group.Requests, group.ReadInstalled(), input.Repository, indexes, group.Recommends);
            groups.Add(group.Name, new LockedGroup
            {
                Requests = group.SortedRequests,
                Recommends = group.Recommends,
                Uses = resolution.Uses,
                Packages = [.. resolution.Packages.Select(LockedPackage.Of)],
            });
        }

        return new LockFile
        {
            Version = LockFile.CurrentVersion,
            Repository = LockedRepository.Of(input.Repository),
            Groups = groups,
        };
    }

    private List<LockedPackage> Missing(LockFile file) =>
    [
        .. file.Packages.Where(package =>
            !(store.TryGetBlob(package.Digest, out var blob) && blob.Length == package.Size) && !_unpacked.TryGet(package.Digest, out _)),
    ];

    /// <summary>Downloads packages, and unpacks each while it arrives.</summary>
    private async Task DownloadAsync(
        List<LockedPackage> packages, RestoreInput input, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (packages.Count == 0)
        {
            return;
        }

        RequireNetwork(input, string.Join(", ", packages));
        var mirror = input.Mirror();
        var requests = packages.Select(package =>
            new DownloadRequest(DebianRepository.Address(mirror, package.FileName), package.Digest, package.Size, package.ToString()));
        var fileNames = packages.DistinctBy(package => package.Digest).ToDictionary(package => package.Digest, package => Path.GetFileName(package.FileName));
        await downloader.GetAllAsync(
            requests,
            progress,
            (request, bytes, transaction, token) =>
                _unpacked.Unpack(bytes, request.Sha256, request.Size, fileNames[request.Sha256], transaction, token),
            cancellationToken).ConfigureAwait(false);
    }

    private static void RequireNetwork(RestoreInput input, string what)
    {
        if (!input.AllowNetwork)
        {
            throw new DiagnosticException(PackageDiagnostics.Offline.Create($"The network may not be used, and the content store lacks {what}."));
        }
    }
}
