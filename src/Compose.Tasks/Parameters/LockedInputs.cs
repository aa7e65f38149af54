using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Images.Descriptions;
using Compose.Images.Extensions;
using Compose.Images.Licenses;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;

namespace Compose.Tasks.Parameters;

/// <summary>What a lock file tells of an image's inputs, as descriptions have it.</summary>
internal static class LockedInputs
{
    /// <summary>The packages of a group, with their licences.</summary>
    /// <param name="lockFile">The lock file.</param>
    /// <param name="group">The group.</param>
    /// <param name="owner">The base or the extension that brings them.</param>
    /// <param name="store">Where they are unpacked.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static IReadOnlyList<DescribedPackage> Packages(
        LockFile lockFile, string group, string owner, ContentStore store, CancellationToken cancellationToken) =>
        lockFile.Groups.TryGetValue(group, out var packages)
            ? [.. new PackageUnpacker(store).Unpack(packages, cancellationToken).Select(unpacked => new DescribedPackage(
                owner,
                unpacked.Locked,
                unpacked.Locked.Suite ?? lockFile.Repositories![0].Suite,
                DebianCopyright.Read(unpacked.Locked.Name, unpacked.Package.Files)))]
            : [];

    /// <summary>
    /// What an extension carries that another may carry too. A name that is a path says nothing: another project's path is
    /// another file.
    /// </summary>
    /// <param name="lockFile">The lock file.</param>
    /// <param name="group">The group of its packages.</param>
    public static IReadOnlyList<CarriedInput> Carried(LockFile lockFile, string group) =>
    [
        .. lockFile.PackagesOf(group).Select(package =>
            new CarriedInput(CarriedInput.PackageKind, $"{package.Name}:{package.Architecture}", package.Version)),
        .. Others(lockFile)
            .Where(input => input.Kind switch
            {
                "archive" => input.Name.Contains("://", StringComparison.Ordinal),
                "image" => input.Version is not null,
                _ => true,
            })
            .Select(input => new CarriedInput(input.Kind, input.Name, input.Version ?? input.Sha256!)),
    ];

    /// <summary>The inputs that are no packages.</summary>
    public static IReadOnlyList<DescribedInput> Others(LockFile lockFile) =>
    [
        .. (lockFile.Archives ?? []).Select(archive => new DescribedInput("archive", archive.Name, archive.Version, archive.Source, archive.Sha256)),
        .. (lockFile.Images ?? []).Select(image => new DescribedInput("image", image.Name, image.Version, image.Source, image.Manifest.Sha256.ToString())),
        .. (lockFile.NuGetPackages ?? []).Select(package => new DescribedInput("nuget", package.Name, package.Version, null, package.Sha256)),
    ];

    /// <summary>An image's file with its digest.</summary>
    public static DescribedFile File(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return new DescribedFile(Path.GetFileName(path), stream.Length, new Sha256Digest(SHA256.HashData(stream)));
    }
}
