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
        .. Others(lockFile, owner: "")
            .Where(input => input.Kind switch
            {
                "archive" => input.Name.Contains("://", StringComparison.Ordinal),
                "image" => input.Version is not null,
                _ => true,
            })
            .Select(input => new CarriedInput(input.Kind, input.Name, input.Version ?? input.Sha256!)),
    ];

    /// <summary>The inputs that are no packages.</summary>
    /// <param name="lockFile">The lock file.</param>
    /// <param name="owner">The base or the extension that takes them in.</param>
    public static IReadOnlyList<DescribedInput> Others(LockFile lockFile, string owner) =>
    [
        .. (lockFile.Archives ?? []).Select(archive => new DescribedInput(owner, "archive", Public(archive.Name), archive.Version, Public(archive.Source), archive.Sha256)),
        .. (lockFile.Images ?? []).Select(image => new DescribedInput(owner, "image", Public(image.Name), image.Version, Public(image.Source), image.Manifest.Sha256.ToString())),
        .. (lockFile.NuGetPackages ?? []).Select(package => new DescribedInput(owner, "nuget", package.Name, package.Version, null, package.Sha256)),
    ];

    /// <summary>A name without the folder where a build host has the file: that is nobody else's business, and another one each time.</summary>
    private static string Public(string source) =>
        Path.IsPathRooted(source) || source.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? source[(source.LastIndexOfAny(['/', '\\']) + 1)..] : source;
}
