using System.IO.Compression;
using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests;

/// <summary>The packages, installed as a person installs them.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string Root = FindRoot();

    private readonly PackFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_installed_command_packs()
    {
        // As build/packages.cake does. What was compiled stays for the next run.
        foreach (string[] runtime in new string[][] { [], ["-r", "linux-x64"], ["-r", "any"] })
        {
            Dotnet([
                "pack", Path.Combine(Root, "src", "Compose.Tool", "Compose.Tool.csproj"), "-c", "Release", "-o", _folder["feed"], "-v:q", "-nologo",
                "-nodeReuse:false", "-p:NativeToolPackages=true", "-p:RunAnalyzers=false", $"-p:ArtifactsPath={Path.Combine(Root, "artifacts", "tool-package")}", .. runtime]);
        }

        File.WriteAllText(_folder["nuget.config"], "<configuration><packageSources><clear/><add key='feed' value='feed'/></packageSources></configuration>");
        _folder.Shell($"NUGET_PACKAGES=$PWD/packages dotnet tool install Compose.Tool --version 1.0.0-dev --tool-path '{_folder["tools"]}'");
        _folder.MakeTree();
        _folder.Pack("tree");
        var expected = File.ReadAllBytes(_folder.Image);

        // Linux on x64 gets the native program: no runtime is needed.
        _folder.Shell("DOTNET_ROOT=/nowhere PATH=/usr/bin:/bin tools/compose pack tree -o installed.raw --no-cache");
        Assert.Equal(expected, File.ReadAllBytes(_folder["installed.raw"]));
        foreach (var compression in new[] { "gzip", "xz", "lz4", "none" })
        {
            _folder.Shell($"tools/compose pack tree -o {compression}.raw --no-cache --compression {compression}");
            _folder.Pack("tree", "--compression", compression);
            Assert.Equal(File.ReadAllBytes(_folder.Image), File.ReadAllBytes(_folder[$"{compression}.raw"]));
        }

        // What looks into images says the same as on .NET.
        _folder.Pack("tree");
        _folder.Shell("tools/compose pack tree -o bin.raw --no-cache --exclude etc");
        foreach (string[] arguments in new string[][]
        {
            ["inspect", _folder.Image], ["inspect", _folder.Image, "--json"], ["verify", _folder.Image, "--json"],
            ["diff", _folder.Image, _folder["bin.raw"], "--format", "json"], ["diff", _folder.Image, _folder["bin.raw"], "--format", "markdown"],
        })
        {
            var native = ExternalTool.TryRun(_folder["tools/compose"], arguments);
            Assert.Empty(native.Error);
            Assert.Equal(ComposeCommand.Run(arguments).Output, native.Output);
        }

        _folder.Shell("tools/compose extract image.raw extracted; diff -r --no-dereference -x pipe -x null tree extracted");

        // Every other system gets this one.
        ZipFile.ExtractToDirectory(_folder["feed/Compose.Tool.any.1.0.0-dev.nupkg"], _folder["any"]);
        _folder.Shell("dotnet exec any/tools/net10.0/any/compose.dll pack tree -o any.raw --no-cache");
        Assert.Equal(expected, File.ReadAllBytes(_folder["any.raw"]));
    }

    private static void Dotnet(string[] arguments) => ExternalTool.Run("dotnet", arguments);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Compose.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The test does not run in the repository.");
        }

        return directory;
    }
}
