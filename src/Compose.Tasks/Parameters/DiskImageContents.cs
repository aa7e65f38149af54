using Compose.FileTrees.Storage;
using Compose.Images.Descriptions;
using Compose.Images.Disks;
using Compose.Images.Extensions;
using Compose.Packages.Locking;

namespace Compose.Tasks.Parameters;

/// <summary>What a disk image was made of, by the lock files of the projects that it references.</summary>
/// <param name="baseSystem">The base system's project.</param>
/// <param name="extensions">Those of the extensions.</param>
/// <param name="store">Where the packages are unpacked.</param>
internal sealed class DiskImageContents(ReferencedOutput baseSystem, IReadOnlyList<ReferencedOutput> extensions, ContentStore store)
{
    private readonly LockFile _baseLock = baseSystem.ReadLockFile();
    private readonly LockFile[] _extensionLocks = [.. extensions.Select(extension => extension.ReadLockFile())];

    /// <summary>The names of the base and the extensions.</summary>
    public IReadOnlyList<string> References => [baseSystem.Name, .. extensions.Select(extension => extension.Name)];

    /// <summary>The inputs that are no packages.</summary>
    public IReadOnlyList<DescribedInput> Inputs =>
    [
        .. LockedInputs.Others(_baseLock, baseSystem.Name),
        .. extensions.Zip(_extensionLocks, (extension, lockFile) => LockedInputs.Others(lockFile, extension.Name)).SelectMany(inputs => inputs),
    ];

    /// <summary>The name that the initrd's packages have for their owner.</summary>
    private string InitrdName => baseSystem.Name + "_initrd";

    /// <summary>The initrd and the extensions, whose images are hashed.</summary>
    public IReadOnlyList<DescribedPart> Parts(CancellationToken cancellationToken) =>
    [
        new DescribedPart(InitrdName, "initrd", PropertyValue.Text(baseSystem.Version), Path: null, File: null),
        .. extensions.Select(extension => new DescribedPart(
            extension.Name,
            extension.Kind,
            PropertyValue.Text(extension.Version),
            EmbeddedExtension.PathOf(extension.Name, extension.ExtensionKind),
            Checksums.Describe(extension.Path, cancellationToken))),
    ];

    /// <summary>The packages of all of them, with their licences.</summary>
    public IReadOnlyList<DescribedPackage> Packages(CancellationToken cancellationToken) =>
    [
        .. LockedInputs.Packages(_baseLock, "system", baseSystem.Name, store, cancellationToken),
        .. LockedInputs.Packages(_baseLock, "initrd", InitrdName, store, cancellationToken),
        .. extensions.Zip(_extensionLocks, (extension, lockFile) => LockedInputs.Packages(lockFile, "extension", extension.Name, store, cancellationToken))
            .SelectMany(packages => packages),
    ];
}
