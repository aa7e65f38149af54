using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Compose.Sdk.Tests.Support;
using Compose.Tests.Oci;

namespace Compose.Sdk.Tests;

/// <summary>What lock files name, in a folder that is the only source of a build without a network.</summary>
public sealed class VendorTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";
    private const string All = "all/all.sysext.csproj";

    [Fact]
    public void A_build_from_a_vendored_folder_and_without_a_network_gives_the_same_bytes()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.SetMirror(mirror);
        workspace.BuildChecked(Hello);
        var expected = HashOf(workspace);

        var vendor = workspace.Compose("vendor", "-o", workspace.Combine("vendor"), Hello);
        Assert.True(vendor.ExitCode == 0, vendor.Output);
        Assert.Contains("5 files", vendor.Output, StringComparison.Ordinal);
        Forget(workspace);

        // Without a network and without the folder there is nothing to build from.
        var without = workspace.DotnetWithoutNetwork(Build());
        Assert.NotEqual(0, without.ExitCode);
        Assert.Contains("error COMPOSE1050", without.Output, StringComparison.Ordinal);
        Forget(workspace);

        var build = workspace.DotnetWithoutNetwork([.. Build(), $"-p:ComposeOfflineSource={workspace.Combine("vendor")}"]);
        Assert.True(build.ExitCode == 0, build.Output);
        Assert.Equal(expected, HashOf(workspace));

        // The same again, in locked mode, and when there is nothing to do.
        Forget(workspace);
        Assert.Equal(0, workspace.DotnetWithoutNetwork([.. Build(), $"-p:ComposeOfflineSource={workspace.Combine("vendor")}", "-p:RestoreLockedMode=true"]).ExitCode);
        Assert.Equal(0, workspace.DotnetWithoutNetwork([.. Build(), "--no-restore"]).ExitCode);
        Assert.Equal(expected, HashOf(workspace));
    }

    [Fact]
    public void Inputs_of_every_kind_are_built_of_the_vendored_folder_alone()
    {
        using var workspace = fixture.CreateWorkspace();
        using (var mirror = new Mirror(fixture.Archive.Root))
        using (var server = new FileServer())
        using (var registry = new DockerRegistry())
        {
            workspace.WriteBase();
            workspace.SetMirror(mirror);
            WriteAll(workspace, server, registry);
            workspace.BuildChecked(All);
            var result = workspace.Compose("vendor", "-o", workspace.Combine("vendor"), All);
            Assert.True(result.ExitCode == 0, result.Output);
        }

        // Five packages, two archives, two images with a configuration and a layer each, and a NuGet package.
        var expected = HashOf(workspace, "all");
        using (var index = JsonDocument.Parse(File.ReadAllText(workspace.Combine("vendor", "index.json"))))
        {
            Assert.Equal(
                [("NuGet package", 1), ("archive", 2), ("image", 4), ("package", 5)],
                index.RootElement.GetProperty("files").EnumerateArray().CountBy(file => file.GetProperty("kind").GetString()!)
                    .Select(kind => (kind.Key, kind.Value)).OrderBy(kind => kind.Key, StringComparer.Ordinal));
        }

        // A build that does not restore has no need of a network either.
        Assert.Equal(0, workspace.DotnetWithoutNetwork([.. Build(All), "--no-restore", "-t:Rebuild"]).ExitCode);
        Assert.Equal(expected, HashOf(workspace, "all"));

        // What the network had is gone; of the project, the layout and the archive too.
        string[] vendored = [.. Build(All), $"-p:ComposeOfflineSource={workspace.Combine("vendor")}"];
        Directory.Delete(workspace.Combine("feed"), recursive: true);
        Directory.Delete(workspace.Combine("all", "layout"), recursive: true);
        File.Delete(workspace.Combine("all", "data.zip"));
        foreach (var option in (string[])["-p:RestoreLockedMode=false", "-p:RestoreLockedMode=true"])
        {
            Forget(workspace);
            var build = workspace.DotnetWithoutNetwork([.. vendored, option]);
            Assert.True(build.ExitCode == 0, build.Output);
            Assert.Equal(expected, HashOf(workspace, "all"));
            Assert.False(Directory.Exists(workspace.Combine("packages", "some.native.package")));
        }

        Forget(workspace);
        Assert.NotEqual(0, workspace.DotnetWithoutNetwork(Build(All)).ExitCode);

        // What is not locked is not to be had: not of what NuGet left, nor of a registry, nor of a layout that is gone.
        var project = File.ReadAllText(workspace.Combine(All));
        foreach (var (old, other, code) in ((string, string, string)[])
        [
            ("1.2.*", "1.*", "COMPOSE1050"), ("team/image:{version}", "team/other:{version}", "COMPOSE1050"), ("Tag=\"local\"", "Tag=\"other\"", "COMPOSE1078"),
        ])
        {
            Assert.Contains(old, project, StringComparison.Ordinal);
            workspace.Write(All, project.Replace(old, other, StringComparison.Ordinal));
            var build = workspace.DotnetWithoutNetwork(vendored);
            Assert.NotEqual(0, build.ExitCode);
            Assert.Contains($"error {code}", build.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_vendored_folder_is_made_of_solutions_and_lock_files_alike()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteSolution("all.slnx", Hello);
        Assert.NotEqual(0, workspace.Compose("vendor", "-o", workspace.Combine("early"), "all.slnx").ExitCode);
        workspace.BuildChecked(Hello);

        foreach (var (name, argument) in ((string, string)[])[("a", "all.slnx"), ("b", "hello/compose.lock.json"), ("c", "hello")])
        {
            var result = workspace.Compose("vendor", "-o", workspace.Combine(name), "--json", argument);
            Assert.True(result.ExitCode == 0, result.Output);
            Assert.Equal(Directory.GetFiles(workspace.Combine("a"), "*", SearchOption.AllDirectories).Length, Directory.GetFiles(workspace.Combine(name), "*", SearchOption.AllDirectories).Length);
            Assert.Equal(File.ReadAllBytes(workspace.Combine("a", "index.json")), File.ReadAllBytes(workspace.Combine(name, "index.json")));
        }
    }

    [Fact]
    public void What_is_no_project_of_compose_is_refused()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.Write("plain/plain.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        foreach (var argument in (string[])["plain/plain.csproj", "plain", "missing.csproj", "."])
        {
            var result = workspace.Compose("vendor", "-o", workspace.Combine("vendor"), argument);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("error COMPOSE9106", result.Output, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(workspace.Combine("vendor")));
    }

    /// <summary>An extension of a package, two archives, two container images, a NuGet package and an application.</summary>
    private static void WriteAll(Workspace workspace, FileServer server, DockerRegistry registry)
    {
        workspace.Write("upstream/tool-1.2/tool", "a tool\n");
        workspace.Write("all/data.txt", "data\n");
        CommandLine.RunChecked("tar", ["-czf", "tool.tgz", "tool-1.2"], workspace.Combine("upstream"));
        CommandLine.RunChecked("zip", ["-q", "data.zip", "data.txt"], workspace.Combine("all"));
        var tool = File.ReadAllBytes(workspace.Combine("upstream", "tool.tgz"));
        server.Files["/dist/tool-1.2.tgz"] = tool;
        server.Files["/dist/"] = "tool-1.2.tgz"u8.ToArray();
        server.Files["/dist/SHA256SUMS"] = Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(tool))}  tool-1.2.tgz\n");
        var dist = $"http://127.0.0.1:{server.Port}/dist/";
        using var layout = new LayoutFolder();
        layout.Image("pushed", new LayerArchive().Directory("usr/").File("usr/pushed", "of the registry", 0x1ED).ToBytes());
        layout.Image("local", new LayerArchive().Directory("usr/").File("usr/local", "of the layout").ToBytes());
        registry.Push(layout.Path, "pushed", "team/image:1.4.2");
        ExternalTool.Run("skopeo", "copy", $"oci:{layout.Path}:local", $"oci:{workspace.Combine("all", "layout")}:local");
        NuGetFeed.Configure(workspace);
        NuGetFeed.Publish(workspace, "1.2.3", "native\n");
        workspace.WriteProject(All, $$"""
              <ItemGroup>
                <DebianPackage Include="hello" />
                <Archive Include="{{dist}}tool-{version}.tgz" Version="1.*" VersionsUrl="{{dist}}" ChecksumsUrl="{{dist}}SHA256SUMS"
                         StripComponents="1" Mappings="tool -> /usr/bin/tool" />
                <Archive Include="data.zip" Mappings="data.txt -> /usr/share/all/" />
                <OciImage Include="{{registry.Host}}/team/image:{version}" Version="1.*" Mappings="usr/pushed -> /usr/bin/pushed" />
                <OciImage Include="layout" Tag="local" Mappings="usr/local -> /usr/share/all/local" />
                <NuGetContent Include="Some.Native.Package" Version="1.2.*" Files="runtimes/linux-x64/native/**" Destination="/usr/lib/native/{version}" />
                <ProjectReference Include="app/app.csproj" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);

        // Of no packages: VendorApplicationTests has those.
        workspace.WriteBaseLibraries();
        workspace.Write("all/app/app.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <SelfContained>false</SelfContained>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("all/app/Program.cs", "System.Console.WriteLine();\n");
    }

    private static string[] Build(string project = Hello) => ["build", project, "-nologo", "-tl:off", "-nodeReuse:false"];

    private static string HashOf(Workspace workspace, string name = "hello") =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(workspace.Combine(name, "bin", "Debug", $"{name}.raw"))));

    private static void Forget(Workspace workspace)
    {
        foreach (var folder in (string[])["cache", "packages", "hello/bin", "hello/obj", "all/bin", "all/obj", "base/bin", "base/obj"])
        {
            if (Directory.Exists(workspace.Combine(folder)))
            {
                Directory.Delete(workspace.Combine(folder), recursive: true);
            }
        }
    }
}
