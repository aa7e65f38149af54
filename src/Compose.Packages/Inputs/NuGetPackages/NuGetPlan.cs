using Compose.FileTrees.Storage;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>What NuGet has to restore before the lock file and the store can be brought up to date.</summary>
/// <param name="Downloads">Packages of a known version: name and version.</param>
/// <param name="References">Packages of which NuGet chooses the version: name and range.</param>
public sealed record NuGetPlan(IReadOnlyList<KeyValuePair<string, string>> Downloads, IReadOnlyList<KeyValuePair<string, string>> References)
{
    /// <summary>Decides it. No network is used.</summary>
    /// <param name="requests">What the project asks for, each package once.</param>
    /// <param name="locked">The lock file; null when there is none.</param>
    /// <param name="store">What is there already.</param>
    /// <param name="lockedMode">Whether only what is locked may be restored.</param>
    /// <param name="forceEvaluate">Whether versions are chosen anew.</param>
    /// <param name="keepsDownloads">Whether packages have to be there as files although they were unpacked before.</param>
    public static NuGetPlan Create(
        IReadOnlyList<NuGetRequest> requests, LockFile? locked, ContentStore store, bool lockedMode, bool forceEvaluate, bool keepsDownloads = false)
    {
        var downloads = new List<KeyValuePair<string, string>>();
        var references = new List<KeyValuePair<string, string>>();
        var unpacked = new UnpackedNuGetPackages(store);
        foreach (var request in requests)
        {
            var known = forceEvaluate ? null : NuGetDifferences.Find(locked, request);
            if (known is not null)
            {
                if (!unpacked.IsPresent(known.Digest, isFileNeeded: keepsDownloads))
                {
                    downloads.Add(new(known.Name, known.Version));
                }
            }
            else if (!lockedMode)
            {
                var list = request.Exact is null ? references : downloads;
                list.Add(new(request.Name, request.Exact?.ToNormalizedString() ?? request.Version));
            }
        }

        return new NuGetPlan(downloads, references);
    }
}
