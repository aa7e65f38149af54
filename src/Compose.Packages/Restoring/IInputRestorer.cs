using Compose.Packages.Downloads;
using Compose.Packages.Locking;

namespace Compose.Packages.Restoring;

/// <summary>Restores the inputs of one kind: its part of the lock file, and what the store lacks of it.</summary>
internal interface IInputRestorer
{
    /// <summary>What makes this kind's part of the lock file unfit for the project; nothing when it fits. No network is used.</summary>
    IReadOnlyList<string> Differences(LockFile locked);

    /// <summary>Decides this kind's part of the lock file.</summary>
    /// <param name="target">The lock file so far.</param>
    /// <param name="previous">The lock file as it was. What still fits is kept unless <paramref name="isForced"/>; null for none.</param>
    /// <param name="isForced">Whether everything is resolved anew.</param>
    /// <param name="progress">Told of downloads, from several threads.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns><paramref name="target"/> with this kind's part.</returns>
    Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Fetches what the lock file names and the store lacks.</summary>
    /// <returns>The names of what was fetched.</returns>
    Task<IReadOnlyList<string>> FetchAsync(LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Whether a failed <see cref="FetchAsync"/> means that the lock file is out of date, and resolving anew may help. Other bytes
    /// than it names never do: they are an attack, or somebody's mistake.
    /// </summary>
    bool IsOutdated(DiagnosticException failure);
}
