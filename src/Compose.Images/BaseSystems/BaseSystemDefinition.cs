using Compose.FileTrees;
using Compose.Images.Extensions;
using Compose.Images.ReleaseFiles;
using Compose.Images.Trees;
using Compose.Packages.Inputs;

namespace Compose.Images.BaseSystems;

/// <summary>What a base system is made of, as its project says it.</summary>
public sealed record BaseSystemDefinition
{
    /// <summary>What goes into os-release.</summary>
    public required OsReleaseDefinition Release { get; init; }

    /// <summary>The packages of the system.</summary>
    public IReadOnlyList<PackageInput> Packages { get; init; } = [];

    /// <summary>What is laid over the packages of the system, in this order: archives first.</summary>
    public IReadOnlyList<InputTree> Inputs { get; init; } = [];

    /// <summary>The project's own files, laid over all inputs.</summary>
    public FileTree Files { get; init; } = FileTree.Empty;

    /// <summary>Symbolic links to add to the system.</summary>
    public IReadOnlyList<SymlinkDefinition> Symlinks { get; init; } = [];

    /// <summary>The packages of the initrd.</summary>
    public IReadOnlyList<PackageInput> InitrdPackages { get; init; } = [];

    /// <summary>The project's own files for the initrd.</summary>
    public FileTree InitrdFiles { get; init; } = FileTree.Empty;

    /// <summary>The kernel modules of the initrd, by name; what they depend on is added.</summary>
    public IReadOnlyList<string> InitrdModules { get; init; } = [];

    /// <summary>Patterns of what the initrd leaves out besides documentation and locales.</summary>
    public IReadOnlyList<string> InitrdExclusions { get; init; } = [];

    /// <summary>What is left out of the system by default.</summary>
    public DefaultExclusions Exclusions { get; init; } = new();

    /// <summary>The time of what the build generates, in seconds since 1970; null for the newest of the inputs' files.</summary>
    public long? SourceDateEpoch { get; init; }
}

/// <summary>The variables of os-release(5) that a base system sets.</summary>
public sealed record OsReleaseDefinition
{
    /// <summary><c>ID</c>, such as <c>compose-os</c>.</summary>
    public required string Id { get; init; }

    /// <summary><c>NAME</c>, for people.</summary>
    public required string Name { get; init; }

    /// <summary><c>VERSION_ID</c>.</summary>
    public required string VersionId { get; init; }

    /// <summary><c>SYSEXT_LEVEL</c>: what extensions are matched by. It changes when extensions have to be built again.</summary>
    public string? SysextLevel { get; init; }

    /// <summary><c>IMAGE_ID</c>.</summary>
    public string? ImageId { get; init; }

    /// <summary><c>IMAGE_VERSION</c>.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>The file that these variables make.</summary>
    public ReleaseFile ToReleaseFile() =>
        new ReleaseFile()
            .Add("ID", Id)
            .Add("NAME", Name)
            .Add("PRETTY_NAME", $"{Name} {VersionId}")
            .Add("VERSION_ID", VersionId)
            .Add("SYSEXT_LEVEL", SysextLevel)
            .Add("IMAGE_ID", ImageId)
            .Add("IMAGE_VERSION", ImageVersion);
}

/// <summary>A base system that was made.</summary>
/// <param name="System">The system: everything is below <c>usr</c>.</param>
/// <param name="Initrd">The initrd's files.</param>
/// <param name="KernelVersion">The kernel's release, such as <c>6.12.1-cloud-amd64</c>.</param>
/// <param name="SourceDateEpoch">The time of what was generated, in seconds since 1970.</param>
public sealed record BaseSystem(FileTree System, FileTree Initrd, string KernelVersion, long SourceDateEpoch);
