using Compose.Diagnostics;
using Compose.Images.Declarations;
using Compose.Packages;
using Compose.Packages.Inputs.NuGetPackages;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the NuGetContent items of a project. Several may be of one package, for files that go to several places.</summary>
internal static class NuGetItems
{
    /// <summary>The packages, each once.</summary>
    /// <exception cref="DiagnosticException">A name or version is none, or one package is asked for in two versions.</exception>
    public static IReadOnlyList<NuGetRequest> Requests(IReadOnlyList<ITaskItem> items)
    {
        var requests = new Dictionary<string, NuGetRequest>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in items)
        {
            var request = NuGetRequest.Parse(
                item.ItemSpec, PropertyValue.Text(item.GetMetadata("VersionOverride").Trim()) ?? item.GetMetadata("Version").Trim());
            if (!requests.TryAdd(request.Name, request) && requests[request.Name] != request)
            {
                throw new DiagnosticException(PackageDiagnostics.BadNuGetItem.Create(
                    $"Two NuGetContent items are of '{request.Name}', and not of the same version or not in the same spelling.",
                    item.ItemSpec,
                    new ItemTraits("NuGetContent", "Version", request.Version)));
            }
        }

        return [.. requests.Values];
    }

    /// <summary>What an item takes of its package.</summary>
    /// <exception cref="DiagnosticException">It has no files or destination, or its mode is none.</exception>
    public static NuGetSelection Selection(ITaskItem item)
    {
        var files = List(item, "Files");
        var destination = item.GetMetadata("Destination").Trim();
        if (files.Length == 0 || destination.Length == 0)
        {
            throw new DiagnosticException(PackageDiagnostics.BadNuGetItem.Create(
                $"The NuGetContent '{item.ItemSpec}' has no {(files.Length == 0 ? "Files: patterns for paths in the package" : "Destination: a folder in the image")}.",
                item.ItemSpec,
                new ItemTraits("NuGetContent", "Destination", destination)));
        }

        return new NuGetSelection
        {
            Name = item.ItemSpec,
            Files = files,
            ExcludedFiles = List(item, "ExcludedFiles"),
            Destination = destination,
            Permissions = OctalMode.Parse(PropertyValue.Text(item.GetMetadata("Mode")), item.ItemSpec, new ItemTraits("NuGetContent", "Destination", destination)),
        };
    }

    private static string[] List(ITaskItem item, string name) =>
        item.GetMetadata(name).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
