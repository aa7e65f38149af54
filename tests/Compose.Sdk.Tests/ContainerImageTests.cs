using Compose.Sdk.Tests.Support;
using Compose.Tests.Oci;

namespace Compose.Sdk.Tests;

public sealed class ContainerImageTests(SdkFixture fixture)
{
    private const string Project = "tool/tool.sysext.csproj";

    [Fact]
    public void An_extension_can_be_made_of_files_of_a_container_image()
    {
        using var registry = new DockerRegistry();
        using var layout = new LayoutFolder();
        layout.Index(
            "v1",
            ("amd64", new LayerArchive().Directory("usr/").Directory("usr/local/").File("usr/local/tool", "for amd64", 0x1ED).File("etc/passwd", "no").ToBytes()),
            ("arm64", new LayerArchive().File("usr/local/tool", "for arm64").ToBytes()));
        registry.Push(layout.Path, "v1", "team/tool:1.4.2");
        registry.Push(layout.Path, "v1", "team/tool:2.0.0");
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject(Project, $$"""
              <PropertyGroup>
                <ExtensionFormat>directory</ExtensionFormat>
              </PropertyGroup>
              <ItemGroup>
                <OciImage Include="{{registry.Host}}/team/tool:{version}" Version="1.*" Mappings="usr/local/tool -> /usr/bin/tool" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);

        workspace.BuildChecked(Project);

        var output = workspace.Combine("tool", "bin", "Debug", "tool");
        Assert.Equal("for amd64", File.ReadAllText(Path.Combine(output, "usr/bin/tool")));
        Assert.False(Directory.Exists(Path.Combine(output, "etc")));
        using (var locked = workspace.ReadLock("tool"))
        {
            var image = Assert.Single(locked.RootElement.GetProperty("images").EnumerateArray());
            Assert.Equal("1.4.2", image.GetProperty("version").GetString());
            Assert.Equal("linux/amd64", image.GetProperty("platform").GetString());
        }

        // Neither a build nor a restore that has all asks the registry.
        registry.Dispose();
        var before = workspace.Snapshot();
        workspace.BuildChecked(Project);
        Assert.Equal(before[Path.GetRelativePath(workspace.Root, Path.Combine(output, "usr/bin/tool"))], workspace.Snapshot()[Path.GetRelativePath(workspace.Root, Path.Combine(output, "usr/bin/tool"))]);

        var project = File.ReadAllText(workspace.Combine(Project));
        workspace.Write(Project, project.Replace("1.*", "2.*", StringComparison.Ordinal));
        Assert.Contains("error COMPOSE1041", workspace.Build(Project, "--no-restore").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_an_image_item_is_shown_at_the_item()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject(Project, """
              <ItemGroup>
                <OciImage Include="registry.example/Tool:1" />
              </ItemGroup>
            """);

        var result = workspace.Build(Project);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Matches(@"tool\.sysext\.csproj\(3,\d+\): error COMPOSE1070", result.Output);
    }

    [Fact]
    public void A_torcx_archive_becomes_an_extension()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.Write("docker/torcx/.torcx/manifest.json", """
            {"kind":"image-manifest-v0","value":{"bin":["/bin/dockerd"],"units":["/lib/systemd/system/docker.service","/lib/systemd/system/multi-user.target.wants"]}}
            """);
        workspace.Write("docker/torcx/bin/dockerd", "a program");
        workspace.Write("docker/torcx/share/more", "more");
        workspace.Write("docker/torcx/lib/systemd/system/docker.service", "[Service]\nEnvironmentFile=/run/metadata/torcx\nExecStart=${TORCX_BINDIR}/dockerd\n");
        Directory.CreateDirectory(workspace.Combine("docker/torcx/lib/systemd/system/multi-user.target.wants"));
        File.CreateSymbolicLink(workspace.Combine("docker/torcx/lib/systemd/system/multi-user.target.wants/docker.service"), "../docker.service");
        ExternalTool.Run("tar", "--force-local", "-czf", workspace.Combine("docker", "docker:1.0.torcx.tgz"), "-C", workspace.Combine("docker", "torcx"), ".");
        ExternalTool.Run("mksquashfs", workspace.Combine("docker", "torcx"), workspace.Combine("docker", "docker:1.0.torcx.squashfs"), "-comp", "lz4", "-all-root", "-quiet");

        string[] expected =
        [
            "usr/bin/dockerd", "usr/lib/extension-release.d/extension-release.docker", "usr/lib/systemd/system/docker.service",
            "usr/lib/systemd/system/multi-user.target.d/10-docker-service.conf", "usr/share/docker/share/more",
        ];
        foreach (var suffix in new[] { "tgz", "squashfs" })
        {
            workspace.WriteProject("docker/docker.sysext.csproj", $"""
                  <PropertyGroup>
                    <ExtensionFormat>directory</ExtensionFormat>
                  </PropertyGroup>
                  <ItemGroup>
                    <Archive Include="docker:1.0.torcx.{suffix}" Kind="torcx" />
                    <ProjectReference Include="../base/base.os.csproj" />
                  </ItemGroup>
                """);

            workspace.BuildChecked("docker/docker.sysext.csproj");

            var output = workspace.Combine("docker", "bin", "Debug", "docker");
            Assert.Equal(expected, Directory.GetFiles(output, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(output, file)).Order(StringComparer.Ordinal));
            Assert.Equal("[Service]\nExecStart=/usr/bin/dockerd\n", File.ReadAllText(Path.Combine(output, "usr/lib/systemd/system/docker.service")));
        }
    }
}
