using Compose.Diagnostics;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Tasks.Diagnostics;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the items that say which packages a project takes and where from.</summary>
internal static class PackageItems
{
    private const string DefaultArchitecture = "amd64";

    /// <summary>The only repository of a project.</summary>
    /// <param name="repositories">Its DebianRepository items.</param>
    /// <param name="architecture">The architecture as Debian names it; empty for amd64.</param>
    /// <exception cref="DiagnosticException">There is none, or more than one, or it lacks something.</exception>
    public static DebianRepository Repository(IReadOnlyList<ITaskItem> repositories, string architecture)
    {
        var item = Single(repositories);
        return new DebianRepository(
            Required(item, "Suite"),
            Split(Required(item, "Components")),
            architecture.Length == 0 ? DefaultArchitecture : architecture);
    }

    /// <summary>The files of keys that may sign the repository, as the project names them.</summary>
    /// <exception cref="DiagnosticException">There is no repository, or more than one, or it names no keys.</exception>
    public static IReadOnlyList<string> Keys(IReadOnlyList<ITaskItem> repositories) => Split(Required(Single(repositories), "Keys"));

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

    private static ITaskItem Single(IReadOnlyList<ITaskItem> repositories) => repositories.Count == 1
        ? repositories[0]
        : throw new DiagnosticException(TaskDiagnostics.OneRepository.Create(
            $"The project names packages and has {repositories.Count} DebianRepository items. It needs exactly one."));

    private static string Required(ITaskItem item, string name) =>
        PropertyValue.Text(item.GetMetadata(name)) ?? throw new DiagnosticException(TaskDiagnostics.OneRepository.Create(
            $"The DebianRepository '{item.ItemSpec}' has no {name}.", item.ItemSpec));

    private static string[] Split(string text) => text.Split([';', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
