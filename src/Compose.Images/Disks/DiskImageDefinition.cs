using System.Runtime.InteropServices;
using Compose.FileTrees;
using Compose.Formats.Gpt;
using Compose.Images.Extensions;
using Compose.SquashFs;

namespace Compose.Images.Disks;

/// <summary>What a bootable disk image is made of, as its project says it.</summary>
public sealed record DiskImageDefinition
{
    private const long MiB = 1024 * 1024;

    /// <summary>The name, such as <c>compose-os</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>The base system; everything is below <c>usr</c>.</summary>
    public required FileTree System { get; init; }

    /// <summary>The initrd's files.</summary>
    public required FileTree Initrd { get; init; }

    /// <summary>The extensions to embed.</summary>
    public IReadOnlyList<EmbeddedExtension> Extensions { get; init; } = [];

    /// <summary>Arguments for the kernel besides <c>usrhash=</c>.</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>The processor that the image boots on.</summary>
    public Architecture Architecture { get; init; } = Architecture.X64;

    /// <summary>What disk and partition UUIDs are derived from; null for a seed made of the name.</summary>
    public Guid? Seed { get; init; }

    /// <summary>The size of the EFI system partition in bytes.</summary>
    public long EfiSystemSize { get; init; } = 256 * MiB;

    /// <summary>The size of the /usr partition in bytes: room for later versions too.</summary>
    public long UsrSize { get; init; } = 1024 * MiB;

    /// <summary>The size of the partition with the hashes of /usr, in bytes.</summary>
    public long UsrVeritySize { get; init; } = 16 * MiB;

    /// <summary>The room behind the partitions in bytes, in which the first boot makes the root file system.</summary>
    public long RootSize { get; init; } = 2048 * MiB;

    /// <summary>How /usr is packed. The initrd is kept in the same cache.</summary>
    public SquashFsOptions SquashFs { get; init; } = new();

    /// <summary>zstd's level for the initrd.</summary>
    public int InitrdCompressionLevel { get; init; } = 19;

    /// <summary>The time of file systems, in seconds since 1970.</summary>
    public long SourceDateEpoch { get; init; }

    /// <summary>The processor as systemd names it.</summary>
    internal string ArchitectureName => Architecture == Architecture.Arm64 ? "arm64" : "x86-64";

    /// <summary>The kinds of partition for the processor.</summary>
    internal SystemPartitionTypes PartitionTypes => Formats.Gpt.PartitionTypes.For(Architecture);
}

/// <summary>An extension that becomes a part of the image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ImagePath">The image's absolute path on the build host.</param>
/// <param name="Tree">What it holds; for the check against the base.</param>
/// <param name="Kind">Whether it extends the system or its configuration.</param>
public sealed record EmbeddedExtension(string Name, string ImagePath, FileTree Tree, ExtensionKind Kind = ExtensionKind.System)
{
    /// <summary>What it was made of.</summary>
    public IReadOnlyList<CarriedInput> Carries { get; init; } = [];

    /// <summary>The names of the extensions that it was built on: what they have it left out.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>The include of the project's item that names it; null when another reference brings it.</summary>
    public string? Item { get; init; }

    /// <summary>The path of an embedded extension in the image, with a leading slash (Flatcar's; systemd-confext's own).</summary>
    public static string PathOf(string name, ExtensionKind kind) =>
        $"{(kind == ExtensionKind.System ? "/usr/share/flatcar/sysext" : "/usr/lib/confexts")}/{name}.raw";
}

/// <summary>A package that is in an image.</summary>
/// <param name="Owner">The base or the extension that brings it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">Its architecture, as its repository writes it.</param>
public sealed record ImagePackage(string Owner, string Name, string Version, string Architecture);

/// <summary>A disk image that was written.</summary>
/// <param name="DiskSize">The disk's size in bytes; most of it are holes in the file.</param>
/// <param name="Usr">What the /usr file system holds, with the extensions.</param>
/// <param name="UsrBytes">The bytes of the /usr file system.</param>
/// <param name="RootHash">The root hash of /usr.</param>
/// <param name="Verity">The report on dm-verity.</param>
/// <param name="KernelCommandLine">The kernel's command line.</param>
public sealed record DiskImage(
    long DiskSize, FileTree Usr, long UsrBytes, Sha256Digest RootHash, string Verity, string KernelCommandLine);
