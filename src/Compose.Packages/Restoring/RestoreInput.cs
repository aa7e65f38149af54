using Compose.Packages.Locking;

namespace Compose.Packages.Restoring;

/// <summary>What a project asks its restore for, and how it is to go about it.</summary>
public sealed record RestoreInput
{
    /// <summary>The lock file's absolute path.</summary>
    public required string LockFile { get; init; }

    /// <summary>What the project asks for.</summary>
    public required InputRequests Requests { get; init; }

    /// <summary>The absolute paths of the files of keys that may sign the repository.</summary>
    public IReadOnlyList<string> KeyFiles { get; init; } = [];

    /// <summary>Finds the mirror; called only when one is needed (see <see cref="Mirrors.DebianMirror.Find"/>).</summary>
    public required Func<Uri> Mirror { get; init; }

    /// <summary>Fail rather than change the lock file (<c>RestoreLockedMode</c>).</summary>
    public bool LockedMode { get; init; }

    /// <summary>Resolve anew although the lock file fits (<c>RestoreForceEvaluate</c>).</summary>
    public bool ForceEvaluate { get; init; }

    /// <summary>Whether the network may be used.</summary>
    public bool AllowNetwork { get; init; } = true;

    /// <exception cref="DiagnosticException">The network may not be used.</exception>
    internal void RequireNetwork(string what)
    {
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
public sealed record RestoreResult(LockFile LockFile, bool WasResolved, bool WasWritten, IReadOnlyList<string> Downloaded);
