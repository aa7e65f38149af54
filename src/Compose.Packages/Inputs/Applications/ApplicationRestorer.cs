using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Packages.Restoring;

namespace Compose.Packages.Inputs.Applications;

/// <summary>
/// Notes in the lock file which packages .NET applications are made of. NuGet itself has decided and restored that, just
/// before: here it is compared with the lock file, so that another runtime does not come unseen with another .NET SDK.
/// </summary>
internal sealed class ApplicationRestorer(RestoreInput input) : IInputRestorer
{
    private IReadOnlyList<LockedApplication>? _applications;

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked)
    {
        var differences = new List<string>();
        var before = (locked.Applications ?? []).ToDictionary(application => application.Project, StringComparer.Ordinal);
        foreach (var application in Restored())
        {
            if (!before.Remove(application.Project, out var was))
            {
                differences.Add($"the application '{application.Project}' is referenced");
            }
            else if (!was.Packages.SequenceEqual(application.Packages))
            {
                differences.Add($"NuGet restored other packages for the application '{application.Project}'");
            }
        }

        differences.AddRange(before.Keys.Order(StringComparer.Ordinal).Select(project => $"the application '{project}' is no longer referenced"));
        return differences;
    }

    /// <inheritdoc/>
    public bool IsOutdated(DiagnosticException failure) => false;

    /// <inheritdoc/>
    public Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var applications = Restored();
        if (!isForced)
        {
            CheckDigests(applications, previous);
        }

        // The packages came from the offline source, and only what is locked is to be made of it. Locked mode says so itself.
        if (input.Offline is not null && !input.LockedMode && (previous is null ? applications.Count : Differences(previous).Count) > 0)
        {
            throw OfflineSource.Needs("what the applications are made of now");
        }

        return Task.FromResult(applications.Count == 0 ? target : target with { Applications = applications });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> FetchAsync(LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <exception cref="DiagnosticException">A package has other contents than under the same version before.</exception>
    private static void CheckDigests(IReadOnlyList<LockedApplication> applications, LockFile? previous)
    {
        foreach (var application in applications)
        {
            var before = previous?.Applications?.FirstOrDefault(other => other.Project == application.Project)?.Packages ?? [];
            foreach (var package in application.Packages)
            {
                var was = before.FirstOrDefault(other => other.Name == package.Name && other.Version == package.Version);
                if (was is { Sha512: { } locked } && package.Sha512 is { } digest && digest != locked)
                {
                    throw new DiagnosticException(PackageDiagnostics.WrongNuGetPackage.Create(
                        $"NuGet restored another {package} for '{application.Project}' than the lock file names: its SHA-512 is {digest}, and {locked} is locked. "
                        + "Find out which is right before the lock file is made anew."));
                }
            }
        }
    }

    private IReadOnlyList<LockedApplication> Restored() => _applications ??=
    [
        .. input.Applications.Select(application => application.Read(Path.GetDirectoryName(input.LockFile)!))
            .DistinctBy(application => application.Project, StringComparer.Ordinal)
            .OrderBy(application => application.Project, StringComparer.Ordinal),
    ];
}
