using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Compose.Packages.Inputs.Applications;

namespace Compose.Packages.Tests.Support;

/// <summary>What NuGet writes when it restores a .NET application, and keeps in its folder of packages, <c>packages</c> here.</summary>
internal static class NuGetFiles
{
    /// <summary>Writes what NuGet would: of libraries it notes the digest in its file, of downloads beside the unpacked package.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">The project's name.</param>
    /// <param name="libraries">The packages that are referenced.</param>
    /// <param name="downloads">The packages that the .NET SDK takes.</param>
    /// <param name="references">Projects that are referenced; they need not have been restored.</param>
    public static RestoredApplication WriteApplication(
        TemporaryFolder folder,
        string name,
        (string Name, string Version, string Digest)[] libraries,
        (string Name, string Version, string? Digest)[] downloads,
        params string[] references)
    {
        foreach (var download in downloads)
        {
            if (download.Digest is { } digest)
            {
                WriteMetadata(folder, download.Name, download.Version, digest);
            }
        }

        var directory = folder[$"src/{name}"];
        Directory.CreateDirectory(directory);
        var assets = Path.Combine(directory, "project.assets.json");
        var written = new
        {
            libraries = libraries.ToDictionary(library => $"{library.Name}/{library.Version}", library => new { type = "package", sha512 = library.Digest })
                .Append(new($"{name}.library/1.0.0", new { type = "project", sha512 = "" })).ToDictionary(),
            packageFolders = new Dictionary<string, object> { [folder["packages"] + "/"] = new() },
            project = new
            {
                frameworks = new Dictionary<string, object>
                {
                    ["net9.0"] = new(),
                    ["net10.0"] = new { downloadDependencies = downloads.Select(download => new { name = download.Name, version = $"[{download.Version}, {download.Version}]" }) },
                },
            },
        };
        File.WriteAllText(assets, JsonSerializer.Serialize(written));
        var graph = new
        {
            projects = references.Append(name).ToDictionary(
                project => folder[$"src/{project}/{project}.csproj"], project => new { restore = new { outputPath = folder[$"src/{project}"] + "/" } }),
        };
        File.WriteAllText(Path.Combine(directory, $"{name}.csproj.nuget.dgspec.json"), JsonSerializer.Serialize(graph));
        return new RestoredApplication(Path.Combine(directory, $"{name}.csproj"), assets);
    }

    /// <summary>
    /// Unpacks a package as far as it matters here: its file, and the digests of its contents and its file. They differ, as
    /// in a package with a signature.
    /// </summary>
    /// <returns>The digest of the contents.</returns>
    public static string WritePackage(TemporaryFolder folder, string name, string version, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var digest = Convert.ToBase64String(SHA512.HashData([.. bytes, .. "without the signature"u8]));
        var path = PackageFile(folder, name, version);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        File.WriteAllText(path + ".sha512", Convert.ToBase64String(SHA512.HashData(bytes)));
        WriteMetadata(folder, name, version, digest);
        return digest;
    }

    /// <summary>Where NuGet keeps the file of a package.</summary>
    public static string PackageFile(TemporaryFolder folder, string name, string version) =>
        folder[$"packages/{name.ToLowerInvariant()}/{version}/{name.ToLowerInvariant()}.{version}.nupkg"];

    /// <summary>Notes the digest of a package's contents.</summary>
    public static void WriteMetadata(TemporaryFolder folder, string name, string version, string digest)
    {
        var path = Path.Combine(Path.GetDirectoryName(PackageFile(folder, name, version))!, ".nupkg.metadata");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $$"""{ "version": 2, "contentHash": "{{digest}}", "source": "a feed" }""");
    }
}
