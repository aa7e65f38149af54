using Compose.FileTrees;
using Compose.Images.Licenses;
using Compose.Packages.Locking;

namespace Compose.Images.Descriptions;

/// <summary>What is told of an image beside it.</summary>
public sealed record ImageDescription
{
    /// <summary>The image's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is: <c>sysext</c>, <c>confext</c> or <c>image</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Its architecture as systemd names it.</summary>
    public required string Architecture { get; init; }

    /// <summary>Its format, such as <c>squashfs</c> or <c>ddi</c>.</summary>
    public required string Format { get; init; }

    /// <summary>What it holds. For a disk image, its /usr.</summary>
    public required FileTree Tree { get; init; }

    /// <summary>What the paths of <see cref="Tree"/> are below, without slashes around it: empty, or <c>usr</c>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The image's file; null for a folder.</summary>
    public DescribedFile? File { get; init; }

    /// <summary>The name that the file is published under, with its version; null when it is the file's own.</summary>
    public string? PublishedName { get; init; }

    /// <summary>What a disk image holds that was built by itself: its initrd and its extensions.</summary>
    public IReadOnlyList<DescribedPart> Parts { get; init; } = [];

    /// <summary>The packages, each with who brings it.</summary>
    public IReadOnlyList<DescribedPackage> Packages { get; init; } = [];

    /// <summary>What came from elsewhere than packages.</summary>
    public IReadOnlyList<DescribedInput> Inputs { get; init; } = [];

    /// <summary>The names of the base and the extensions that it is built on, or holds.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>The time of the description, in seconds since 1970.</summary>
    public long SourceDateEpoch { get; init; }

    /// <summary>The packages in an order that depends on nothing else.</summary>
    internal IEnumerable<DescribedPackage> SortedPackages => Packages
        .OrderBy(package => package.Owner, StringComparer.Ordinal)
        .ThenBy(package => package.Package.Name, StringComparer.Ordinal)
        .ThenBy(package => package.Package.Architecture, StringComparer.Ordinal);

    /// <summary>The other inputs in such an order.</summary>
    internal IEnumerable<DescribedInput> SortedInputs => Inputs
        .OrderBy(input => input.Owner, StringComparer.Ordinal)
        .ThenBy(input => input.Kind, StringComparer.Ordinal)
        .ThenBy(input => input.Name, StringComparer.Ordinal)
        .ThenBy(input => input.Version, StringComparer.Ordinal)
        .ThenBy(input => input.Sha256, StringComparer.Ordinal);

    /// <summary>The parts in such an order.</summary>
    internal IEnumerable<DescribedPart> SortedParts => Parts
        .OrderBy(part => part.Kind, StringComparer.Ordinal)
        .ThenBy(part => part.Name, StringComparer.Ordinal);
}

/// <summary>A part of a disk image that was built by itself.</summary>
/// <param name="Name">Its name, which is the owner of what it was made of.</param>
/// <param name="Kind">What it is: <c>initrd</c>, <c>sysext</c> or <c>confext</c>.</param>
/// <param name="Version">Its version; null when it has none.</param>
/// <param name="Path">Where it is in the image, with a leading slash; null when it is in none of its files.</param>
/// <param name="File">The file that it was taken from; null when it was made in the image.</param>
public sealed record DescribedPart(string Name, string Kind, string? Version, string? Path, DescribedFile? File);

/// <summary>A file that was written.</summary>
/// <param name="Name">Its name, without folder.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Sha256">The digest of its bytes.</param>
public sealed record DescribedFile(string Name, long Size, Sha256Digest Sha256);

/// <summary>A Debian package in an image.</summary>
/// <param name="Owner">The base, its initrd or the extension that brings it.</param>
/// <param name="Package">The package as the lock file pins it.</param>
/// <param name="Suite">The suite that it is from.</param>
/// <param name="License">What its copyright file says.</param>
public sealed record DescribedPackage(string Owner, LockedPackage Package, string Suite, PackageLicense License);

/// <summary>An input that is no Debian package.</summary>
/// <param name="Owner">The base or the extension that takes it in.</param>
/// <param name="Kind">What it is, such as <c>archive</c>.</param>
/// <param name="Name">Its name as the project has it; of a file of the build host, without its folder.</param>
/// <param name="Version">Its version; null when it has none.</param>
/// <param name="Source">Where it was found, without user and password; null when that says nothing.</param>
/// <param name="Sha256">The digest of its bytes, in hexadecimal digits; null when it has none.</param>
public sealed record DescribedInput(string Owner, string Kind, string Name, string? Version, string? Source, string? Sha256);
