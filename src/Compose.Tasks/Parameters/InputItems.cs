using Compose.Diagnostics;
using Compose.Packages.Restoring;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the items that say what a project takes, of every kind.</summary>
internal static class InputItems
{
    /// <summary>What the project asks for.</summary>
    /// <param name="projectDirectory">The project's folder.</param>
    /// <param name="packages">Its package items, with the metadatum Group.</param>
    /// <param name="repositories">Its DebianRepository items, which only packages need.</param>
    /// <param name="architecture">The architecture as Debian names it; empty for amd64.</param>
    /// <param name="references">The outputs of the projects that it is built on, with ComposeKind and ComposeLockFile.</param>
    /// <param name="recommends">Whether recommended packages are taken too.</param>
    /// <param name="archives">Its Archive items.</param>
    /// <param name="containerImages">Its OciImage items.</param>
    /// <param name="nuGetContents">Its NuGetContent items.</param>
    /// <exception cref="DiagnosticException">An item or a metadatum cannot be used.</exception>
    public static InputRequests Read(
        string projectDirectory,
        IReadOnlyList<ITaskItem> packages,
        IReadOnlyList<ITaskItem> repositories,
        string architecture,
        IReadOnlyList<ITaskItem> references,
        bool recommends,
        IReadOnlyList<ITaskItem> archives,
        IReadOnlyList<ITaskItem> containerImages,
        IReadOnlyList<ITaskItem> nuGetContents) => new()
        {
            Repositories = packages.Count == 0 ? [] : PackageItems.Repositories(repositories, architecture),
            Groups = PackageItems.Groups(packages, references, recommends),
            Archives = ArchiveItems.Requests(archives, projectDirectory),
            Images = ContainerImageItems.Requests(containerImages, projectDirectory, architecture),
            NuGetPackages = NuGetItems.Requests(nuGetContents),
        };
}
