using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>The recipe of the .NET runtime, on the small base of the tests. The runtime comes from NuGet, so a feed is needed.</summary>
public sealed class SharedRuntimeTests(SdkFixture fixture)
{
    private const string Runtime = "dotnet-runtime/dotnet-runtime.sysext.csproj";
    private const string Greeter = "greeter/greeter.sysext.csproj";

    [Fact]
    public void A_program_without_a_runtime_runs_on_that_of_the_recipe()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.Write("nuget.config", $"""
            <configuration>
              <fallbackPackageFolders><clear /><add key="repository" value="{Repository.Combine("sdk")}" /></fallbackPackageFolders>
            </configuration>
            """);
        workspace.WriteBase();
        workspace.WriteBaseLibraries();

        // The base has this library here.
        var recipe = File.ReadAllText(Repository.Combine("recipes", Runtime));
        const string library = """<DebianPackage Include="libstdc++6" />""";
        Assert.Contains(library, recipe, StringComparison.Ordinal);
        workspace.Write(Runtime, recipe.Replace(library, "", StringComparison.Ordinal));
        workspace.WriteProject(Greeter, """
              <ItemGroup>
                <ProjectReference Include="app/Greeter.csproj" />
                <ProjectReference Include="../dotnet-runtime/dotnet-runtime.sysext.csproj" />
              </ItemGroup>
            """);
        workspace.Write("greeter/app/Greeter.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <SelfContained>false</SelfContained>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("greeter/app/Program.cs", "System.Console.WriteLine(typeof(object).Assembly.Location);\n");

        Assert.DoesNotContain("COMPOSE2046", workspace.BuildChecked(Greeter), StringComparison.Ordinal);

        // The lock file has the package that NuGet restored, and the program finds the runtime by itself in what is merged.
        string version;
        using (var locked = workspace.ReadLock("dotnet-runtime"))
        {
            var package = Assert.Single(locked.RootElement.GetProperty("nugetPackages").EnumerateArray());
            Assert.Equal("Microsoft.NETCore.App.Runtime.linux-x64", package.GetProperty("name").GetString());
            version = package.GetProperty("version").GetString()!;
        }

        var root = workspace.Combine("root");
        foreach (var image in (string[])["dotnet-runtime", "greeter"])
        {
            CommandLine.RunChecked("unsquashfs", ["-no-progress", "-force", "-dest", root, workspace.Combine(image, "bin", "Debug", $"{image}.raw")], workspace.Root);
        }

        var environment = new Dictionary<string, string?>(DotnetEnvironment.Clean) { ["DOTNET_ROOT"] = Path.Combine(root, "usr/share/dotnet") };
        Assert.Equal(
            $"{root}/usr/share/dotnet/shared/Microsoft.NETCore.App/{version}/System.Private.CoreLib.dll",
            CommandLine.RunChecked(Path.Combine(root, "usr/bin/Greeter"), [], root, environment).Trim());
    }
}
