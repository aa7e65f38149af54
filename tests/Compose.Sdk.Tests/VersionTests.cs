using System.Text.Json;
using Compose.Sdk.Tests.Support;
using Compose.Tests.Oci;

namespace Compose.Sdk.Tests;

/// <summary>The versions that projects ask for, of each kind of input.</summary>
public sealed class VersionTests(SdkFixture fixture)
{
    private const string Project = "tool/tool.sysext.csproj";

    [Fact]
    public void VersionOverride_stands_above_Version_for_packages_archives_and_images()
    {
        using var registry = new DockerRegistry();
        using var layout = new LayoutFolder();
        layout.Image("v1", new LayerArchive().File("tool", "a tool", 0x1ED).ToBytes());
        registry.Push(layout.Path, "v1", "team/tool:1.4.2");
        registry.Push(layout.Path, "v1", "team/tool:2.0.0");
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        foreach (var version in (string[])["1.4.2", "2.0.0"])
        {
            workspace.Write($"tool/in/data-{version}.txt", version);
        }

        // What a repository says for all its projects, and what one of them has instead.
        workspace.Write("Directory.Build.targets", """
            <Project>
              <ItemGroup>
                <DebianPackage Update="hello" Version="2.*" />
                <Archive Update="@(Archive)" Version="2.*" />
                <OciImage Update="@(OciImage)" Version="2.*" />
              </ItemGroup>
            </Project>
            """);
        WriteTool(workspace, registry, overridden: true);
        var restore = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-nodeReuse:false");

        Assert.True(restore.ExitCode == 0, restore.Output);
        using (var file = workspace.ReadLock("tool"))
        {
            var package = Assert.Single(file.RootElement.GetProperty("groups").GetProperty("extension").GetProperty("packages").EnumerateArray());
            Assert.Equal("1.0", Text(package, "version"));
            Assert.Equal(("1.*", "1.4.2"), Versions(file, "archives"));
            Assert.Equal(("1.*", "1.4.2"), Versions(file, "images"));
        }

        // Without it the range of all projects counts; Debian's package has no such version.
        WriteTool(workspace, registry, overridden: false);
        var refused = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Matches(@"tool\.sysext\.csproj\(3,\d+\): error COMPOSE1031", refused.Output);
        workspace.Write(Project, File.ReadAllText(workspace.Combine(Project)).Replace("<DebianPackage Include=\"hello\" />", "", StringComparison.Ordinal));
        restore = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.True(restore.ExitCode == 0, restore.Output);
        using (var file = workspace.ReadLock("tool"))
        {
            Assert.Equal(("2.*", "2.0.0"), Versions(file, "archives"));
            Assert.Equal(("2.*", "2.0.0"), Versions(file, "images"));
        }
    }

    private static void WriteTool(Workspace workspace, DockerRegistry registry, bool overridden)
    {
        var version = overridden ? "VersionOverride=\"1.*\" " : "";
        workspace.WriteProject(Project, $$"""
              <ItemGroup>
                <DebianPackage Include="hello" {{version}}/>
                <Archive Include="in/data-{version}.txt" VersionsUrl="in" {{version}}Mappings="data-* -> /usr/share/tool/" />
                <OciImage Include="{{registry.Host}}/team/tool:{version}" {{version}}Mappings="tool -> /usr/bin/tool" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
    }

    private static (string? Requested, string? Version) Versions(JsonDocument file, string kind)
    {
        var input = Assert.Single(file.RootElement.GetProperty(kind).EnumerateArray());
        return (Text(input, "requested"), Text(input, "version"));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
