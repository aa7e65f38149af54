using System.Runtime.ExceptionServices;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Packages.Debian;
using Compose.Packages.Locking;

namespace Compose.Packages.Restoring;

/// <summary>A package of the lock file and what it holds.</summary>
/// <param name="Locked">The lock file's entry.</param>
/// <param name="Package">What the package holds.</param>
public sealed record UnpackedPackage(LockedPackage Locked, DebPackage Package);

/// <summary>Unpacks restored packages, each once ever and several at once.</summary>
public sealed class PackageUnpacker(ContentStore store)
{
    private readonly UnpackedDebs _unpacked = new(store);

    /// <summary>Unpacks the packages of a group.</summary>
    /// <returns>The packages in the group's order.</returns>
    /// <exception cref="DiagnosticException">A package was not restored, is damaged, or is not the one it is named as.</exception>
    public IReadOnlyList<UnpackedPackage> Unpack(LockedGroup group, CancellationToken cancellationToken = default)
    {
        var result = new UnpackedPackage[group.Packages.Count];

        // The largest first, so that the cores end together.
        var order = Enumerable.Range(0, result.Length).OrderByDescending(index => group.Packages[index].Size).ToArray();
        try
        {
            Parallel.ForEach(
                System.Collections.Concurrent.Partitioner.Create(order, loadBalance: true),
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                index => result[index] = Unpack(group.Packages[index], cancellationToken));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return result;
    }

    private UnpackedPackage Unpack(LockedPackage locked, CancellationToken cancellationToken)
    {
        if (!_unpacked.TryGet(locked.Digest, out var package))
        {
            if (!store.TryGetBlob(locked.Digest, out var deb) || deb.Length != locked.Size)
            {
                throw new DiagnosticException(PackageDiagnostics.NotRestored.Create(
                    $"The package {locked} is not in the content store. Run 'dotnet restore'.", locked.Name));
            }

            package = _unpacked.GetOrUnpack(deb, Path.GetFileName(locked.FileName), cancellationToken)
                ?? throw new DiagnosticException(PackageDiagnostics.NotRestored.Create(
                    $"The package {locked} was damaged in the content store, and was taken out of it. Run 'dotnet restore'.", locked.Name));
        }

        if (package.Control["Package"] != locked.Name || !DebianVersion.TryParse(package.Control["Version"], out var version)
            || version != DebianVersion.Parse(locked.Version))
        {
            throw new DiagnosticException(PackageDiagnostics.BadIndex.Create(
                $"'{locked.FileName}' is {package.Control["Package"]} {package.Control["Version"]}, not {locked} as the lock file says.", locked.Name));
        }

        return new UnpackedPackage(locked, package);
    }
}
