using Compose.FileTrees.Storage;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Restoring;

namespace Compose.Packages.Locking;

/// <summary>Compares a lock file with a project, without a network.</summary>
public static class LockFileCheck
{
    /// <summary>Reads the lock file of a project that must not be restored now.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="requests">What the project asks for.</param>
    /// <param name="store">The content store.</param>
    /// <exception cref="DiagnosticException">It is missing, cannot be read, or does not fit the project.</exception>
    public static LockFile Require(string path, InputRequests requests, ContentStore store)
    {
        var file = LockFile.TryRead(path) ?? throw new DiagnosticException(
            PackageDiagnostics.NoLockFile.Create($"'{path}' is missing. Run 'dotnet restore', which makes it."));
        var differences = Differences(file, requests, store);
        return differences.Count == 0
            ? file
            : throw new DiagnosticException(PackageDiagnostics.StaleLockFile.Create(
                $"'{path}' does not fit the project: {string.Join("; ", differences)}. Run 'dotnet restore', which updates it."));
    }

    /// <summary>What makes the lock file unfit for the project; nothing when it fits.</summary>
    /// <exception cref="DiagnosticException">A referenced lock file is missing or cannot be read.</exception>
    public static IReadOnlyList<string> Differences(LockFile file, InputRequests requests, ContentStore store) =>
    [
        .. PackageDifferences.Of(file, requests),
        .. ArchiveDifferences.Of(file, requests.Archives, store),
        .. ContainerImageDifferences.Of(file, requests.Images),
        .. NuGetDifferences.Of(file, requests.NuGetPackages),
    ];
}
