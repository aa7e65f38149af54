using Compose.Packages.Locking;
using Compose.Packages.Releases;

namespace Compose.Packages.Restoring;

/// <summary>What a project asks its restore for.</summary>
public sealed record RestoreInput
{
    /// <summary>The lock file's absolute path.</summary>
    public required string LockFile { get; init; }

    /// <summary>The repository.</summary>
    public required DebianRepository Repository { get; init; }

    /// <summary>The groups of packages.</summary>
    public required IReadOnlyList<PackageGroup> Groups { get; init; }

    /// <summary>The absolute paths of the files of keys that may sign the repository.</summary>
    public required IReadOnlyList<string> KeyFiles { get; init; }

    /// <summary>Finds the mirror; called only when one is needed (see <see cref="Mirrors.DebianMirror.Find"/>).</summary>
    public required Func<Uri> Mirror { get; init; }

    /// <summary>Fail rather than change the lock file (<c>RestoreLockedMode</c>).</summary>
    public bool LockedMode { get; init; }

    /// <summary>Resolve anew although the lock file fits (<c>RestoreForceEvaluate</c>).</summary>
    public bool ForceEvaluate { get; init; }

    /// <summary>Whether the network may be used.</summary>
    public bool AllowNetwork { get; init; } = true;
}

/// <summary>What a restore did.</summary>
/// <param name="LockFile">The lock file as it is now.</param>
/// <param name="WasResolved">Whether packages were resolved.</param>
/// <param name="WasWritten">Whether the lock file changed.</param>
/// <param name="Downloaded">The packages that were downloaded.</param>
public sealed record RestoreResult(LockFile LockFile, bool WasResolved, bool WasWritten, IReadOnlyList<LockedPackage> Downloaded);
