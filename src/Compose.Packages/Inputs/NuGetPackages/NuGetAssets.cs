using System.Text.Json;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>Reads what NuGet's restore wrote about itself: <c>project.assets.json</c>.</summary>
/// <param name="Folders">The folders that packages are in, in NuGet's order.</param>
/// <param name="Versions">The versions of packages that NuGet chose, by name without regard to case.</param>
internal sealed record NuGetAssets(IReadOnlyList<string> Folders, IReadOnlyDictionary<string, NuGetVersion> Versions)
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="DiagnosticException">It is missing or not what NuGet writes.</exception>
    public static NuGetAssets Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var document = JsonDocument.Parse(stream);
            var root = document.RootElement;
            var versions = new Dictionary<string, NuGetVersion>(StringComparer.OrdinalIgnoreCase);
            foreach (var library in root.GetProperty("libraries").EnumerateObject())
            {
                if (library.Name.Split('/') is [var name, var version])
                {
                    versions[name] = NuGetVersion.Parse(version);
                }
            }

            return new NuGetAssets([.. root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)], versions);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new DiagnosticException(PackageDiagnostics.NuGetPackageMissing.Create($"What NuGet restored cannot be read: {e.Message}"), e);
        }
    }

    /// <summary>The file of a package that was restored.</summary>
    /// <exception cref="DiagnosticException">It is in none of the folders.</exception>
    public string FileOf(string name, NuGetVersion version) => TryFileOf(name, version) ?? throw new DiagnosticException(
        PackageDiagnostics.NuGetPackageMissing.Create(
            $"NuGet has not restored the file of {name} {version.ToNormalizedString()}: it is in none of its folders.", name, new ItemTraits("NuGetContent")));

    /// <summary>The file of a package that was restored; null when it is in none of the folders.</summary>
    public string? TryFileOf(string name, NuGetVersion version)
    {
        var lowerName = name.ToLowerInvariant();
        var lowerVersion = version.ToNormalizedString().ToLowerInvariant();
        return Folders.Select(folder => Path.Combine(folder, lowerName, lowerVersion, $"{lowerName}.{lowerVersion}.nupkg")).FirstOrDefault(File.Exists);
    }
}
