using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>
/// Pins NuGet packages and takes them into the store. NuGet itself has restored what <see cref="NuGetPlan"/> says, from its own
/// sources and with its own checks; here the file's SHA-256 is compared with the lock file.
/// </summary>
internal sealed class NuGetRestorer(ContentStore store, RestoreInput input) : IInputRestorer
{
    private readonly UnpackedNuGetPackages _unpacked = new(store);
    private readonly HashSet<Sha256Digest> _added = [];
    private NuGetAssets? _assets;

    /// <inheritdoc/>
    public IReadOnlyList<string> Differences(LockFile locked) => NuGetDifferences.Of(locked, input.Requests.NuGetPackages);

    /// <inheritdoc/>
    public bool IsOutdated(DiagnosticException failure) => false;

    /// <inheritdoc/>
    public Task<LockFile> ResolveAsync(
        LockFile target, LockFile? previous, bool isForced, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var packages = new List<LockedNuGetPackage>();
        foreach (var request in input.Requests.NuGetPackages.OrderBy(request => request.Name, StringComparer.Ordinal))
        {
            // What the plan did not have restored anew is kept.
            var known = input.ForceEvaluate ? null : NuGetDifferences.Find(previous, request);
            packages.Add(known ?? Pin(request, cancellationToken));
        }

        return Task.FromResult(packages.Count == 0 ? target : target with { NuGetPackages = packages });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> FetchAsync(LockFile locked, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var fetched = new List<string>();
        foreach (var package in locked.NuGetPackages ?? [])
        {
            if (!_unpacked.IsPresent(package.Digest, isFileNeeded: input.KeepsDownloads))
            {
                var blob = AddToStore(package.Name, NuGetVersion.Parse(package.Version), cancellationToken);
                if (blob.Digest != package.Digest)
                {
                    throw new DiagnosticException(PackageDiagnostics.WrongNuGetPackage.Create(
                        $"NuGet restored another {package} than the lock file names: its SHA-256 is {blob.Digest}, and {package.Sha256} is locked. "
                        + "Find out which is right before the lock file is made anew.",
                        package.Name,
                        new ItemTraits("NuGetContent")));
                }

                fetched.Add(package.ToString());
            }

            _unpacked.GetOrUnpack(package.Digest, package.ToString(), isVerified: _added.Contains(package.Digest), cancellationToken);
        }

        return Task.FromResult<IReadOnlyList<string>>(fetched);
    }

    private LockedNuGetPackage Pin(NuGetRequest request, CancellationToken cancellationToken)
    {
        // NuGet was not asked then, and what it wrote about an earlier restore may be of another version.
        input.RequireNetwork($"the NuGet package {request.Name}");
        var version = request.Exact ?? Assets().Versions.GetValueOrDefault(request.Name) ?? throw new DiagnosticException(
            PackageDiagnostics.NuGetPackageMissing.Create($"NuGet has restored no version of {request.Name}.", request.Name, new ItemTraits("NuGetContent")));
        var file = AddToStore(request.Name, version, cancellationToken);
        return new LockedNuGetPackage
        {
            Name = request.Name,
            Requested = request.Version,
            Version = version.ToNormalizedString(),
            Sha256 = file.Digest.ToString(),
            Size = file.Length,
        };
    }

    private BlobContent AddToStore(string name, NuGetVersion version, CancellationToken cancellationToken)
    {
        using var stream = File.OpenRead(Assets().FileOf(name, version));
        var file = store.Add(stream, cancellationToken);
        _added.Add(file.Digest);
        store.NoteDownload(file.Digest, $"{name} {version.ToNormalizedString()}");
        return file;
    }

    private NuGetAssets Assets() => _assets ??= NuGetAssets.Read(input.NuGetAssetsFile);
}
