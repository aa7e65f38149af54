using Compose.Packages.Inputs.Applications;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Packages.Registries;
using Compose.Packages.Releases;

namespace Compose.Packages.Restoring;

/// <summary>What a project asks its restore for, and how it is to go about it.</summary>
public sealed record RestoreInput
{
    /// <summary>The lock file's absolute path.</summary>
    public required string LockFile { get; init; }

    /// <summary>What the project asks for.</summary>
    public required InputRequests Requests { get; init; }

    /// <summary>Where the repositories of the packages are, in the order of <see cref="InputRequests.Repositories"/>.</summary>
    public IReadOnlyList<RepositorySource> Sources { get; init; } = [];

    /// <summary>
    /// What identifies the restore of several projects together: they see one state of each repository. Null when this one is
    /// alone.
    /// </summary>
    public string? Session { get; init; }

    /// <summary>Fetch packages as they came also when they were unpacked before: they are to be copied elsewhere.</summary>
    public bool KeepsDownloads { get; init; }

    /// <summary>How registries are reached.</summary>
    public RegistryOptions Registries { get; init; } = new();

    /// <summary>The absolute path of what NuGet wrote about the packages that it restored; read only when one is needed.</summary>
    public string NuGetAssetsFile { get; init; } = "";

    /// <summary>The .NET applications that the project references, which NuGet has restored.</summary>
    public IReadOnlyList<RestoredApplication> Applications { get; init; } = [];

    /// <summary>Fail rather than change the lock file (<c>RestoreLockedMode</c>).</summary>
    public bool LockedMode { get; init; }

    /// <summary>Resolve anew although the lock file fits (<c>RestoreForceEvaluate</c>).</summary>
    public bool ForceEvaluate { get; init; }

    /// <summary>Whether the network may be used. With <see cref="Offline"/> it is not.</summary>
    public bool AllowNetwork { get; init; } = true;

    /// <summary>The only source of what the store lacks; null for the network.</summary>
    public OfflineSource? Offline { get; init; }

    /// <exception cref="DiagnosticException">The network may not be used.</exception>
    internal void RequireNetwork(string what)
    {
        if (Offline is not null)
        {
            throw OfflineSource.Needs(what);
        }

        if (!AllowNetwork)
        {
            throw new DiagnosticException(PackageDiagnostics.Offline.Create($"The network may not be used, and the content store lacks {what}."));
        }
    }
}

/// <summary>What a restore did.</summary>
/// <param name="LockFile">The lock file as it is now.</param>
/// <param name="WasResolved">Whether inputs were resolved.</param>
/// <param name="WasWritten">Whether the lock file changed.</param>
/// <param name="Downloaded">The inputs that were downloaded, for messages.</param>
/// <param name="Previous">The lock file as it was; null when there was none.</param>
public sealed record RestoreResult(LockFile LockFile, bool WasResolved, bool WasWritten, IReadOnlyList<string> Downloaded, LockFile? Previous)
{
    /// <summary>What is other in the lock file than before; nothing when there was none before.</summary>
    public IReadOnlyList<LockFileChange> Changes => Previous is null ? [] : LockFileChange.Between(Previous, LockFile);
}
