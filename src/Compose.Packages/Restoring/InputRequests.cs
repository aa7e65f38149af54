using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Locking;
using Compose.Packages.Releases;

namespace Compose.Packages.Restoring;

/// <summary>What a project asks for, of every kind. A lock file fits it or not.</summary>
public sealed record InputRequests
{
    /// <summary>The repositories of the packages, in order of preference, all of one architecture; none when no package is asked for.</summary>
    public IReadOnlyList<DebianRepository> Repositories { get; init; } = [];

    /// <summary>The groups of packages.</summary>
    public IReadOnlyList<PackageGroup> Groups { get; init; } = [];

    /// <summary>The archives, in the project's order.</summary>
    public IReadOnlyList<ArchiveRequest> Archives { get; init; } = [];

    /// <summary>The container images, in the project's order.</summary>
    public IReadOnlyList<ContainerImageRequest> Images { get; init; } = [];

    /// <summary>The NuGet packages, each once.</summary>
    public IReadOnlyList<NuGetRequest> NuGetPackages { get; init; } = [];
}
