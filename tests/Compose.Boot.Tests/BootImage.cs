using System.Globalization;
using System.Reflection;

namespace Compose.Boot.Tests;

/// <summary>The image under test, as the Image target built it.</summary>
internal static class BootImage
{
    private const string Pattern = "compose-os_*_x86-64.raw";

    /// <summary>
    /// The image's path: what <c>COMPOSE_BOOT_IMAGE</c> names, or the newest one below <c>artifacts/image</c>.
    /// </summary>
    public static string Path
    {
        get
        {
            if (Environment.GetEnvironmentVariable("COMPOSE_BOOT_IMAGE") is { Length: > 0 } path)
            {
                Assert.True(File.Exists(path), $"COMPOSE_BOOT_IMAGE names '{path}', which does not exist.");
                return path;
            }

            var directory = System.IO.Path.Combine(Artifacts, "image");
            var newest = Directory.Exists(directory)
                ? Directory.EnumerateFiles(directory, Pattern, SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc)
                : null;
            Assert.True(newest is not null, "There is no image to boot. Run 'dotnet cake --target=Image' first.");
            return newest;
        }
    }

    /// <summary>The configuration that it was built in, by its folder's name.</summary>
    public static string Configuration =>
        System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path)) == "debug" ? "Debug" : "Release";

    /// <summary>Where console logs go. They are kept: an assertion may fail long after the boot.</summary>
    public static string LogDirectory => System.IO.Path.Combine(Artifacts, "boot-logs");

    private static string Artifacts => Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "ArtifactsPath").Value!;

    /// <summary>The newest build of an extension's project.</summary>
    public static string Extension(string project, string name)
    {
        var directory = System.IO.Path.Combine(Artifacts, "bin", project);
        var newest = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, name + ".raw", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc)
            : null;
        Assert.True(newest is not null, $"The extension {name} is not built. Run 'dotnet cake --target=Extensions' first.");
        return newest;
    }

    /// <summary>A file beside the image, such as <c>contents.txt</c>.</summary>
    public static string Beside(string name) => System.IO.Path.ChangeExtension(Path, null) + "_" + name;

    /// <summary>A value of the report on dm-verity beside the image.</summary>
    public static string VerityText(string name) =>
        File.ReadLines(Beside("verity.txt")).Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    /// <summary>A number of that report.</summary>
    public static long VerityNumber(string name) => long.Parse(VerityText(name), CultureInfo.InvariantCulture);
}
