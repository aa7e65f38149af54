using Compose.Packages.Inputs.Archives;
using Compose.Packages.Restoring;

namespace Compose.Packages.Locking;

/// <summary>Compares a lock file with a project, without a network.</summary>
public static class LockFileCheck
{
    /// <summary>Reads the lock file of a project that must not be restored now.</summary>
    /// <exception cref="DiagnosticException">It is missing, cannot be read, or does not fit the project.</exception>
    public static LockFile Require(string path, InputRequests requests)
    {
        var file = LockFile.TryRead(path) ?? throw new DiagnosticException(
            PackageDiagnostics.NoLockFile.Create($"'{path}' is missing. Run 'dotnet restore', which makes it."));
        var differences = Differences(file, requests);
        return differences.Count == 0
            ? file
            : throw new DiagnosticException(PackageDiagnostics.StaleLockFile.Create(
                $"'{path}' does not fit the project: {string.Join("; ", differences)}. Run 'dotnet restore', which updates it."));
    }

    /// <summary>What makes the lock file unfit for the project; nothing when it fits.</summary>
    /// <exception cref="DiagnosticException">A referenced lock file is missing or cannot be read.</exception>
    public static IReadOnlyList<string> Differences(LockFile file, InputRequests requests) =>
        [.. PackageDifferences.Of(file, requests), .. ArchiveDifferences.Of(file, requests.Archives)];
}
