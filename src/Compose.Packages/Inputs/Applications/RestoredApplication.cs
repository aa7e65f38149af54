using System.Text.Json;
using Compose.Packages.Locking;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.Applications;

/// <summary>A .NET application that NuGet has restored.</summary>
/// <param name="Project">Its project's absolute path.</param>
/// <param name="AssetsFile">The absolute path of what NuGet wrote about it: <c>project.assets.json</c>.</param>
public sealed record RestoredApplication(string Project, string AssetsFile)
{
    /// <summary>How a lock file names the project.</summary>
    /// <param name="folder">The lock file's folder.</param>
    internal string ProjectFrom(string folder) => ProjectFrom(folder, Project);

    /// <summary>How a lock file names a project.</summary>
    internal static string ProjectFrom(string folder, string project) =>
        Path.GetRelativePath(folder, project).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>Reads which packages NuGet restored.</summary>
    /// <param name="folder">The lock file's folder.</param>
    /// <exception cref="DiagnosticException">NuGet's file is missing or not what NuGet writes.</exception>
    internal LockedApplication Read(string folder)
    {
        try
        {
            var application = new LockedApplication
            {
                Project = ProjectFrom(folder),
                Packages =
                [
                    .. LibraryAssets().Prepend(AssetsFile).SelectMany(Packages).DistinctBy(package => (package.Name, package.Version))
                        .OrderBy(package => package.Name, StringComparer.Ordinal).ThenBy(package => package.Version, StringComparer.Ordinal),
                ],
            };
            application.Check();
            return application;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new DiagnosticException(
                PackageDiagnostics.NuGetPackageMissing.Create($"What NuGet restored for '{Project}' cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>
    /// What NuGet wrote about the libraries that the project references, and those that they reference. Packages that only the
    /// build of a library takes, such as analyzers, are there and not with the project. One that NuGet does not restore has none.
    /// </summary>
    private IEnumerable<string> LibraryAssets()
    {
        using var stream = File.OpenRead(Path.Combine(Path.GetDirectoryName(AssetsFile)!, Path.GetFileName(Project) + ".nuget.dgspec.json"));
        using var document = JsonDocument.Parse(stream);
        return
        [
            .. document.RootElement.GetProperty("projects").EnumerateObject()
                .Where(project => project.Name != Project)
                .Select(project => project.Value.GetProperty("restore").TryGetProperty("outputPath", out var folder) ? folder.GetString() : null)
                .OfType<string>()
                .Select(folder => Path.Combine(folder, Path.GetFileName(AssetsFile)))
                .Where(File.Exists),
        ];
    }

    private static List<LockedApplicationPackage> Packages(string assetsFile)
    {
        using var stream = File.OpenRead(assetsFile);
        using var document = JsonDocument.Parse(stream);
        return [.. Libraries(document.RootElement), .. Downloads(document.RootElement)];
    }

    /// <summary>What a project references, and what that references.</summary>
    private static IEnumerable<LockedApplicationPackage> Libraries(JsonElement root)
    {
        foreach (var library in root.GetProperty("libraries").EnumerateObject())
        {
            if (library.Value.GetProperty("type").GetString() == "package" && library.Name.Split('/') is [var name, var version])
            {
                yield return new() { Name = name, Version = version, Sha512 = library.Value.TryGetProperty("sha512", out var hash) ? NotEmpty(hash.GetString()) : null };
            }
        }
    }

    /// <summary>What the .NET SDK takes: runtimes and compilers. NuGet only unpacks them.</summary>
    private static IEnumerable<LockedApplicationPackage> Downloads(JsonElement root)
    {
        var folders = root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToArray();
        foreach (var framework in root.GetProperty("project").GetProperty("frameworks").EnumerateObject())
        {
            if (!framework.Value.TryGetProperty("downloadDependencies", out var downloads))
            {
                continue;
            }

            foreach (var download in downloads.EnumerateArray())
            {
                var name = download.GetProperty("name").GetString()!;
                var version = VersionRange.Parse(download.GetProperty("version").GetString()!).MinVersion!.ToNormalizedString();
                yield return new() { Name = name, Version = version, Sha512 = HashOf(folders, name, version) };
            }
        }
    }

    /// <summary>The digest that NuGet keeps beside an unpacked package.</summary>
    private static string? HashOf(string[] folders, string name, string version) =>
        folders.Select(folder => ContentHashIn(Path.Combine(folder, name.ToLowerInvariant(), version.ToLowerInvariant()))).FirstOrDefault(hash => hash is not null);

    /// <summary>The digest that NuGet keeps in the folder of an unpacked package; null when it has none.</summary>
    internal static string? ContentHashIn(string folder)
    {
        var path = Path.Combine(folder, ".nupkg.metadata");
        if (!File.Exists(path))
        {
            return null;
        }

        using var stream = File.OpenRead(path);
        using var metadata = JsonDocument.Parse(stream);
        return NotEmpty(metadata.RootElement.GetProperty("contentHash").GetString());
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
