using System.Text.Json;
using Compose.Packages.Locking;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.Applications;

/// <summary>A .NET application that NuGet has restored.</summary>
/// <param name="Project">Its project's absolute path.</param>
/// <param name="AssetsFile">The absolute path of what NuGet wrote about it: <c>project.assets.json</c>.</param>
public sealed record RestoredApplication(string Project, string AssetsFile)
{
    /// <summary>Reads which packages NuGet restored.</summary>
    /// <param name="folder">The lock file's folder.</param>
    /// <exception cref="DiagnosticException">NuGet's file is missing or not what NuGet writes.</exception>
    internal LockedApplication Read(string folder)
    {
        try
        {
            using var stream = File.OpenRead(AssetsFile);
            using var document = JsonDocument.Parse(stream);
            var root = document.RootElement;
            var application = new LockedApplication
            {
                Project = Path.GetRelativePath(folder, Project).Replace(Path.DirectorySeparatorChar, '/'),
                Packages =
                [
                    .. Libraries(root).Concat(Downloads(root)).DistinctBy(package => (package.Name, package.Version))
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

    /// <summary>What the project and its libraries reference, and what that references.</summary>
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
    private static string? HashOf(string[] folders, string name, string version)
    {
        foreach (var folder in folders)
        {
            var path = Path.Combine(folder, name.ToLowerInvariant(), version.ToLowerInvariant(), ".nupkg.metadata");
            if (File.Exists(path))
            {
                using var stream = File.OpenRead(path);
                using var metadata = JsonDocument.Parse(stream);
                return NotEmpty(metadata.RootElement.GetProperty("contentHash").GetString());
            }
        }

        return null;
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
