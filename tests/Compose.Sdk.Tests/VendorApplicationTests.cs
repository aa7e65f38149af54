using System.Text.Json;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>The NuGet packages of .NET applications, in a folder that is the only source of a build without a network.</summary>
public sealed class VendorApplicationTests(SdkFixture fixture)
{
    private const string Worker = "worker/worker.sysext.csproj";

    [Fact]
    public void An_application_is_built_of_the_packages_of_the_vendored_folder_alone()
    {
        using var workspace = fixture.CreateWorkspace();
        NuGetFeed.Configure(workspace);
        NuGetFeed.Publish(workspace, "1.2.3", "native\n");
        NuGetFeed.Publish(workspace, "Some.Common", "1.0.0", "common.txt", "first\n");
        NuGetFeed.Publish(workspace, "Some.Common", "2.0.0", "common.txt", "second\n");
        NuGetFeed.Publish(workspace, "Some.Analyzer", "1.0.0", "analyzer.txt", "of the library's build\n");
        NuGetFeed.Publish(workspace, "First.Library", "1.0.0", "first.txt", "first\n", ("Some.Common", "1.0.0"));
        NuGetFeed.Publish(workspace, "Second.Library", "1.0.0", "second.txt", "second\n", ("Some.Common", "2.0.0"));

        // A range, a package of which two versions are asked for, and one that only a library's build takes.
        WriteWorker(workspace, "<SelfContained>false</SelfContained>", """
            <PackageReference Include="Some.Native.Package" Version="1.2.*" />
            <PackageReference Include="First.Library" Version="1.0.0" />
            <PackageReference Include="Second.Library" Version="1.0.0" />
            """);
        workspace.BuildChecked(Worker);
        var image = workspace.Combine("worker", "bin", "Debug", "worker.raw");
        var expected = File.ReadAllBytes(image);
        Assert.Equal("second\n", CommandLine.RunChecked("unsquashfs", ["-cat", image, "usr/lib/app/common.txt"], workspace.Root).Trim('\n') + "\n");

        var vendor = workspace.Compose("vendor", "-o", workspace.Combine("vendor"), Worker);
        Assert.True(vendor.ExitCode == 0, vendor.Output);
        Assert.Equal(
            ["First.Library 1.0.0", "Second.Library 1.0.0", "Some.Analyzer 1.0.0", "Some.Common 2.0.0", "Some.Native.Package 1.2.3"],
            VendoredPackages(workspace));

        Directory.Delete(workspace.Combine("feed"), recursive: true);
        var packages = workspace.Combine("other-packages");
        workspace.Environment["NUGET_PACKAGES"] = packages;
        foreach (var option in (string[])["-p:RestoreLockedMode=true", "-p:RestoreLockedMode=false"])
        {
            Forget(workspace);
            var build = workspace.DotnetWithoutNetwork([.. BuildOffline(workspace), option]);
            Assert.True(build.ExitCode == 0, build.Output);
            Assert.DoesNotContain("warning NU", build.Output, StringComparison.Ordinal);
            Assert.Equal(expected, File.ReadAllBytes(image));
            Assert.True(Directory.Exists(Path.Combine(packages, "some.common", "2.0.0")));
        }

        // Nothing is done again.
        var before = workspace.Snapshot();
        Assert.Equal(0, workspace.DotnetWithoutNetwork([.. BuildOffline(workspace), "-p:RestoreLockedMode=false"]).ExitCode);
        Assert.Empty(workspace.Snapshot().Except(before).Select(file => file.Key));

        // What the folder does not have, NuGet has nowhere else.
        Forget(workspace);
        Assert.NotEqual(0, workspace.DotnetWithoutNetwork("build", Worker, "-nologo", "-tl:off", "-nodeReuse:false").ExitCode);

        // A damaged package is not given to NuGet.
        Forget(workspace);
        var blob = Directory.GetFiles(workspace.Combine("vendor", "blobs"), "*", SearchOption.AllDirectories)
            .Single(path => IndexOf(workspace).Any(file => file.Name == "Some.Common 2.0.0" && path.Replace("/", "", StringComparison.Ordinal).EndsWith(file.Sha256, StringComparison.Ordinal)));
        var bytes = File.ReadAllBytes(blob);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(blob, bytes);
        var damaged = workspace.DotnetWithoutNetwork(BuildOffline(workspace));
        Assert.NotEqual(0, damaged.ExitCode);
        Assert.Contains($"{workspace.Combine(Worker)} : error COMPOSE1091: '{blob}' of the offline source is not the NuGet package Some.Common 2.0.0", damaged.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(packages));
    }

    [Fact]
    public void The_runtime_and_the_compilers_of_an_application_are_in_the_vendored_folder()
    {
        string[] names = ["Microsoft.DotNet.ILCompiler", "Microsoft.NET.ILLink.Tasks", "runtime.linux-x64.Microsoft.DotNet.ILCompiler"];
        using var workspace = fixture.CreateWorkspace();
        workspace.Write("nuget.config", $"""
            <configuration>
              <fallbackPackageFolders><clear /><add key="repository" value="{Repository.Combine("sdk")}" /></fallbackPackageFolders>
            </configuration>
            """);
        WriteWorker(workspace, "<PublishAot>true</PublishAot>");
        workspace.BuildChecked(Worker);
        var image = workspace.Combine("worker", "bin", "Debug", "worker.raw");
        var expected = File.ReadAllBytes(image);
        var vendor = workspace.Compose("vendor", "-o", workspace.Combine("vendor"), Worker);
        Assert.True(vendor.ExitCode == 0, vendor.Output);
        Assert.All(names, name => Assert.Contains(VendoredPackages(workspace), package => package.StartsWith(name + " ", StringComparison.Ordinal)));

        var packages = workspace.Combine("other-packages");
        workspace.Environment["NUGET_PACKAGES"] = packages;
        Forget(workspace);
        var build = workspace.DotnetWithoutNetwork(BuildOffline(workspace));

        Assert.True(build.ExitCode == 0, build.Output);
        Assert.Equal(expected, File.ReadAllBytes(image));
        Assert.All(names, name => Assert.True(Directory.Exists(Path.Combine(packages, name.ToLowerInvariant()))));
    }

    /// <summary>An extension of an application, which uses a library.</summary>
    private static void WriteWorker(Workspace workspace, string properties, string references = "")
    {
        workspace.WriteBase();
        workspace.WriteBaseLibraries();
        workspace.WriteProject(Worker, """
              <ItemGroup>
                <ProjectReference Include="app/app.csproj" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("worker/app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <InvariantGlobalization>true</InvariantGlobalization>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../library/library.csproj" />
                {references}
              </ItemGroup>
            </Project>
            """);
        workspace.Write("worker/app/Program.cs", "System.Console.WriteLine(Library.Text);\n");
        workspace.Write("worker/library/library.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                {(references.Length == 0 ? "" : """<PackageReference Include="Some.Analyzer" Version="1.0.0" PrivateAssets="all" />""")}
              </ItemGroup>
            </Project>
            """);
        workspace.Write("worker/library/Library.cs", "public static class Library { public const string Text = \"good day\"; }\n");
    }

    private static string[] BuildOffline(Workspace workspace) =>
        ["build", Worker, "-nologo", "-tl:off", "-nodeReuse:false", $"-p:ComposeOfflineSource={workspace.Combine("vendor")}"];

    private static List<(string Kind, string Name, string Sha256)> IndexOf(Workspace workspace)
    {
        using var index = JsonDocument.Parse(File.ReadAllText(workspace.Combine("vendor", "index.json")));
        return
        [
            .. index.RootElement.GetProperty("files").EnumerateArray()
                .Select(file => (file.GetProperty("kind").GetString()!, file.GetProperty("name").GetString()!, file.GetProperty("sha256").GetString()!)),
        ];
    }

    private static IEnumerable<string> VendoredPackages(Workspace workspace) =>
        IndexOf(workspace).Where(file => file.Kind == "NuGet package").Select(file => file.Name).Order(StringComparer.Ordinal);

    private static void Forget(Workspace workspace)
    {
        foreach (var folder in (string[])["cache", "other-packages", "worker/bin", "worker/obj", "base/bin", "base/obj"])
        {
            if (Directory.Exists(workspace.Combine(folder)))
            {
                Directory.Delete(workspace.Combine(folder), recursive: true);
            }
        }
    }
}
