using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Locking;

namespace Compose.Packages.Restoring;

/// <summary>
/// Brings a project's inputs of every kind into the content store. A lock file that fits the project is obeyed: then nothing
/// is resolved, and when the store has everything no network is used.
/// </summary>
public sealed class InputRestorer(ContentStore store, Downloader downloader, TimeProvider clock, IDiagnosticReporter reporter)
{
    /// <summary>Restores.</summary>
    /// <param name="input">What the project asks for.</param>
    /// <param name="progress">Told of downloads, from several threads.</param>
    /// <param name="cancellationToken">Ends the work. What was downloaded stays.</param>
    /// <exception cref="DiagnosticException">The inputs cannot be had; the lock file is as it was.</exception>
    public async Task<RestoreResult> RestoreAsync(
        RestoreInput input, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (input.LockedMode && input.ForceEvaluate)
        {
            throw new DiagnosticException(PackageDiagnostics.LockedAndForced.Create(
                "RestoreLockedMode keeps the lock file and RestoreForceEvaluate makes it anew. Set only one of them."));
        }

        using var upstream = new UpstreamDownloader(store, downloader.Options, input.Session);
        using var images = new ContainerImageRestorer(store, input);
        var kinds = Kinds(input, upstream, images);
        IInputRestorer? outdated = null;
        var locked = LockFile.TryRead(input.LockFile);
        List<string> differences = locked is null ? [] : [.. kinds.SelectMany(kind => kind.Differences(locked))];
        if (locked is not null && differences.Count == 0 && !input.ForceEvaluate)
        {
            (var obeyed, outdated) = await ObeyAsync(locked, kinds, input, progress, cancellationToken).ConfigureAwait(false);
            if (obeyed is not null)
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
                    $"'{input.LockFile}' does not fit the project, and RestoreLockedMode forbids changing it: {string.Join("; ", differences)}.{await DescribeAsync(locked, kinds, outdated, input, cancellationToken).ConfigureAwait(false)}"));
        }

        var resolved = await ResolveAsync(locked, kinds, outdated, input, progress, cancellationToken).ConfigureAwait(false);
        var downloaded = new List<string>();
        foreach (var kind in kinds)
        {
            downloaded.AddRange(await kind.FetchAsync(resolved, progress, cancellationToken).ConfigureAwait(false));
        }

        return new RestoreResult(resolved, WasResolved: true, resolved.Write(input.LockFile), downloaded, locked);
    }

    /// <summary>
    /// Finds out what a restore would change if it resolved everything anew. The lock file stays as it is; indexes, archives
    /// and what describes images are downloaded into the store, and NuGet has restored what is newer.
    /// </summary>
    /// <param name="input">What the project asks for. Its lock file has to be there.</param>
    /// <param name="latest">The same, where what it is built on is resolved anew too.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The lock file as it is, and as it would be.</returns>
    /// <exception cref="DiagnosticException">The lock file is missing or does not fit, or the inputs cannot be resolved.</exception>
    public async Task<(LockFile Current, LockFile Latest)> ResolveLatestAsync(
        RestoreInput input, InputRequests latest, CancellationToken cancellationToken = default)
    {
        var locked = LockFileCheck.Require(input.LockFile, input.Requests, store);
        var anew = input with { Requests = latest, ForceEvaluate = true };
        using var upstream = new UpstreamDownloader(store, downloader.Options, input.Session);
        using var images = new ContainerImageRestorer(store, anew);

        // What an application is made of, its own project says, and not this one.
        IInputRestorer[] kinds = [.. Kinds(anew, upstream, images).Where(kind => kind is not ApplicationRestorer)];
        var resolved = await ResolveAsync(locked, kinds, null, anew, null, cancellationToken).ConfigureAwait(false);
        return (locked, resolved with { Applications = locked.Applications });
    }

    private IInputRestorer[] Kinds(RestoreInput input, UpstreamDownloader upstream, ContainerImageRestorer images) =>
    [
        new PackageRestorer(store, downloader, clock, input, reporter),
        new ArchiveRestorer(store, upstream, clock, reporter, input),
        images,
        new NuGetRestorer(store, input),
        new ApplicationRestorer(input),
    ];

    private static async Task<LockFile> ResolveAsync(
        LockFile? locked, IInputRestorer[] kinds, IInputRestorer? outdated, RestoreInput input, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var resolved = LockFile.Empty;
        foreach (var kind in kinds)
        {
            resolved = await kind.ResolveAsync(resolved, locked, input.ForceEvaluate || kind == outdated, progress, cancellationToken).ConfigureAwait(false);
        }

        return resolved;
    }

    /// <summary>What a restore would change, line by line; nothing when that cannot be found out.</summary>
    private static async Task<string> DescribeAsync(
        LockFile locked, IInputRestorer[] kinds, IInputRestorer? outdated, RestoreInput input, CancellationToken cancellationToken)
    {
        try
        {
            var resolved = await ResolveAsync(locked, kinds, outdated, input, null, cancellationToken).ConfigureAwait(false);
            var changes = LockFileChange.Between(locked, resolved);
            return changes.Count == 0 ? string.Empty : $" A restore would change:{LockFileChange.Describe(changes)}";
        }
        catch (DiagnosticException e)
        {
            return $" What a restore would change cannot be told: {e.Diagnostic.Message}";
        }
    }

    /// <summary>Fetches what the lock file names.</summary>
    /// <returns>What was done, or the kind of which something is no longer to be had, so that it is to be resolved anew.</returns>
    private async Task<(RestoreResult? Result, IInputRestorer? Outdated)> ObeyAsync(
        LockFile locked, IInputRestorer[] kinds, RestoreInput input, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var downloaded = new List<string>();
        if (input.Offline is { } offline)
        {
            downloaded.AddRange(offline.CopyMissing(locked.Contents, store, cancellationToken).Select(content => content.Name));
        }

        foreach (var kind in kinds)
        {
            try
            {
                downloaded.AddRange(await kind.FetchAsync(locked, progress, cancellationToken).ConfigureAwait(false));
            }
            catch (DiagnosticException e) when (kind.IsOutdated(e))
            {
                if (input.LockedMode)
                {
                    throw new DiagnosticException(PackageDiagnostics.LockedPackageGoneInLockedMode.Create(
                        $"A package of '{input.LockFile}' cannot be had, and RestoreLockedMode forbids another: {e.Diagnostic.Message}"), e);
                }

                reporter.Report(PackageDiagnostics.LockedPackageGone.Create(
                    $"A package of '{input.LockFile}' cannot be had, so all are resolved anew: {e.Diagnostic.Message}"));
                return (null, kind);
            }
            catch (DiagnosticException e) when (e.Diagnostic.Descriptor == PackageDiagnostics.WrongHash)
            {
                throw new DiagnosticException(
                    e.Diagnostic with
                    {
                        Message = $"{e.Diagnostic.Message} '{input.LockFile}' names it so: either it was changed by hand, or the file was replaced under its name. "
                            + "Only if the new one is to be trusted, take it with 'dotnet restore --force-evaluate'.",
                        SourceFile = input.LockFile,
                    },
                    e);
            }
        }

        return (new RestoreResult(locked, WasResolved: false, WasWritten: false, downloaded, locked), null);
    }
}
