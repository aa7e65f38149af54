using Compose.Diagnostics;
using Compose.Packages;
using Compose.Packages.Locking;
using Compose.Packages.Mirrors;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Tasks.Diagnostics;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the items that say which packages a project takes and where from.</summary>
internal static class PackageItems
{
    private const string DefaultArchitecture = "amd64";

    /// <summary>The repositories of a project, in its order.</summary>
    /// <param name="repositories">Its DebianRepository items.</param>
    /// <param name="architecture">The architecture as Debian names it; empty for amd64.</param>
    /// <exception cref="DiagnosticException">There is none, or one lacks something, or two are the same.</exception>
    public static IReadOnlyList<DebianRepository> Repositories(IReadOnlyList<ITaskItem> repositories, string architecture)
    {
        if (repositories.Count == 0)
        {
            throw new DiagnosticException(TaskDiagnostics.NoRepository.Create(
                "The project names packages and has no DebianRepository item that says where they come from."));
        }

        var result = new List<DebianRepository>();
        foreach (var item in repositories)
        {
            var repository = new DebianRepository(
                Required(item, "Suite"),
                Split(Required(item, "Components")),
                architecture.Length == 0 ? DefaultArchitecture : architecture);
            if (result.Contains(repository))
            {
                throw new DiagnosticException(PackageDiagnostics.SameRepository.Create(
                    $"The DebianRepository '{item.ItemSpec}' is {repository}, as is another. Lock files tell repositories apart by suite and components.", item.ItemSpec));
            }

            result.Add(repository);
        }

        return result;
    }

    /// <summary>Where the repositories are, in the project's order.</summary>
    /// <param name="repositories">The DebianRepository items.</param>
    /// <param name="architecture">The architecture as Debian names it; empty for amd64.</param>
    /// <param name="mirror">The property DebianMirror.</param>
    /// <param name="absolute">Makes a path of the project's absolute.</param>
    /// <exception cref="DiagnosticException">There is none, or one lacks something, or two are the same.</exception>
    public static IReadOnlyList<RepositorySource> Sources(
        IReadOnlyList<ITaskItem> repositories, string architecture, string mirror, Func<string, string> absolute) =>
    [
        .. Repositories(repositories, architecture).Zip(repositories, (repository, item) => new RepositorySource(
            repository,
            [.. Split(Required(item, "Keys")).Select(absolute)],
            () => DebianMirror.Find(
                item.ItemSpec, repository.Suite, item == repositories[0], item.GetMetadata("Mirror"), mirror, Environment.GetEnvironmentVariable),
            PropertyValue.Boolean("Optional", item.GetMetadata("Optional")) ?? false)),
    ];

    /// <summary>The packages that a project asks for, by their group.</summary>
    /// <param name="packages">Its package items, with the metadatum Group.</param>
    /// <param name="references">The outputs of the projects that it is built on, with ComposeKind and ComposeLockFile.</param>
    /// <param name="recommends">Whether recommended packages are taken too.</param>
    public static IReadOnlyList<PackageGroup> Groups(IReadOnlyList<ITaskItem> packages, IReadOnlyList<ITaskItem> references, bool recommends)
    {
        LockReference[] present =
        [
            .. references
                .Select(item => new LockReference(item.GetMetadata("ComposeLockFile"), item.GetMetadata("ComposeKind") == "os" ? "system" : "extension"))
                .Where(reference => File.Exists(reference.LockFile)),
        ];
        return
        [
            .. packages.GroupBy(package => package.GetMetadata("Group"), StringComparer.Ordinal).Select(group => new PackageGroup
            {
                Name = group.Key,
                Requests = [.. group.Select(Request)],
                References = present,
                Recommends = recommends,
            }),
        ];
    }

    private static PackageRequest Request(ITaskItem item) =>
        new(
            item.ItemSpec,
            PropertyValue.Text(item.GetMetadata("VersionOverride")) ?? PropertyValue.Text(item.GetMetadata("Version")),
            PropertyValue.Text(item.GetMetadata("Architecture")));

    private static string Required(ITaskItem item, string name) =>
        PropertyValue.Text(item.GetMetadata(name)) ?? throw new DiagnosticException(TaskDiagnostics.NoRepository.Create(
            $"The DebianRepository '{item.ItemSpec}' has no {name}.", item.ItemSpec));

    private static string[] Split(string text) => text.Split([';', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
