using System.IO.Compression;
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
                <OciImage Include="{{registry.Host}}/team/tool:{version}" Version="2.*" VersionOverride="1.*" Mappings="usr/local/tool -> /usr/bin/tool" />
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
        workspace.Write(Project, project.Replace("VersionOverride=\"1.*\"", "", StringComparison.Ordinal));
        Assert.Contains("error COMPOSE1041", workspace.Build(Project, "--no-restore").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tag_that_moves_counts_only_when_the_lock_file_is_made_anew()
    {
        using var registry = new DockerRegistry(hasUsers: true);
        using var layout = new LayoutFolder();
        layout.Image("first", new LayerArchive().File("tool", "first", 0x1ED).ToBytes());
        layout.Image("second", new LayerArchive().File("tool", "second", 0x1ED).ToBytes());
        registry.Push(layout.Path, "first", "team/tool:stable");
        var first = DigestOf(registry, "team/tool:stable");
        using var workspace = fixture.CreateWorkspace();
        workspace.Environment["DOCKER_CONFIG"] = workspace.Combine("docker");
        workspace.Write("docker/config.json", $$$"""{"auths":{"{{{registry.Host}}}":{"auth":"{{{DockerRegistry.Credentials}}}"} }}""");
        workspace.WriteBase();
        workspace.WriteProject(Project, $"""
              <ItemGroup>
                <OciImage Include="{registry.Host}/team/tool:stable" Mappings="tool -> /usr/bin/tool" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        var log = workspace.Combine("build.binlog");
        var output = workspace.BuildChecked(Project, $"-bl:{log}");
        var image = workspace.Combine("tool", "bin", "Debug", "tool.raw");
        var lockFile = workspace.Combine("tool", "compose.lock.json");
        var (bytes, locked) = (File.ReadAllBytes(image), File.ReadAllText(lockFile));
        Assert.Contains(first, locked, StringComparison.Ordinal);
        foreach (var text in (string[])[output, ReadLog(log), locked, File.ReadAllText(workspace.Combine("tool", "obj", "Debug", "compose.inputs.txt"))])
        {
            Assert.Contains("/team/tool", text, StringComparison.Ordinal);
            Assert.DoesNotContain(DockerRegistry.Password, text, StringComparison.Ordinal);
            Assert.DoesNotContain(DockerRegistry.Credentials, text, StringComparison.Ordinal);
        }

        registry.Push(layout.Path, "second", "team/tool:stable");
        var second = DigestOf(registry, "team/tool:stable");
        Assert.NotEqual(first, second);

        // As on another machine: of the first build only the lock files are left.
        foreach (var folder in (string[])["cache", "tool/bin", "tool/obj", "base/bin", "base/obj"])
        {
            Directory.Delete(workspace.Combine(folder), recursive: true);
        }

        workspace.BuildChecked(Project);
        Assert.Equal(bytes, File.ReadAllBytes(image));
        Assert.Equal(locked, File.ReadAllText(lockFile));

        var forced = workspace.Dotnet("restore", Project, "--force-evaluate", "-nologo", "-tl:off");
        Assert.True(forced.ExitCode == 0, forced.Output);
        Assert.Contains($"{registry.Host}/team/tool:stable linux/amd64 {Short(first)} → {Short(second)} (image)", forced.Output, StringComparison.Ordinal);
        workspace.BuildChecked(Project, "--no-restore");
        Assert.Equal("second", CommandLine.RunChecked("unsquashfs", ["-cat", image, "usr/bin/tool"], workspace.Root).Trim());

        static string Short(string digest) => digest["sha256:".Length..][..12];
    }

    [Fact]
    public void A_registry_is_reached_by_https_when_the_machine_trusts_its_certificate()
    {
        using var registry = new DockerRegistry(hasUsers: true, hasCertificate: true);
        using var layout = new LayoutFolder();
        layout.Image("v1", new LayerArchive().File("tool", "text").ToBytes());
        registry.Push(layout.Path, "v1", "tool:1");
        using var workspace = fixture.CreateWorkspace();
        workspace.Environment["DOCKER_CONFIG"] = workspace.Combine("docker");
        workspace.Write("docker/config.json", $$$"""{"auths":{"{{{registry.Host}}}":{"auth":"{{{DockerRegistry.Credentials}}}"} }}""");
        workspace.WriteProject(Project, $"""
              <ItemGroup>
                <OciImage Include="{registry.Host}/tool:1" Insecure="false" />
              </ItemGroup>
            """);

        var distrusted = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-nodeReuse:false");
        workspace.Environment["SSL_CERT_FILE"] = registry.CertificateFile;
        var trusted = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-nodeReuse:false");

        Assert.Matches(@"tool\.sysext\.csproj\(3,\d+\): error COMPOSE1051: 'https://[^']*' cannot be downloaded: no secure connection could be made: The remote certificate is invalid", distrusted.Output);
        Assert.True(trusted.ExitCode == 0, trusted.Output);
        using var locked = workspace.ReadLock("tool");
        Assert.Single(locked.RootElement.GetProperty("images").EnumerateArray());
    }

    [Fact]
    public void An_image_is_for_the_architecture_of_the_project_unless_its_item_says_otherwise()
    {
        using var registry = new DockerRegistry();
        using var layout = new LayoutFolder();
        layout.Index("v1", ("amd64", new LayerArchive().File("a").ToBytes()), ("arm64", new LayerArchive().File("b").ToBytes()));
        registry.Push(layout.Path, "v1", "tool:1");
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject(Project, $"""
              <PropertyGroup>
                <DebianArchitecture>arm64</DebianArchitecture>
              </PropertyGroup>
              <ItemGroup>
                <OciImage Include="{registry.Host}/tool:1" />
                <OciImage Include="{registry.Host}/tool:1" Platform="linux/amd64" />
              </ItemGroup>
            """);

        var restore = workspace.Dotnet("restore", Project, "-nologo", "-tl:off");

        Assert.True(restore.ExitCode == 0, restore.Output);
        using (var locked = workspace.ReadLock("tool"))
        {
            Assert.Equal(
                ["linux/amd64", "linux/arm64"],
                locked.RootElement.GetProperty("images").EnumerateArray().Select(image => image.GetProperty("platform").GetString()));
        }

        // Images have other names for architectures than Debian.
        var other = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-p:DebianArchitecture=armhf");
        Assert.Matches(@"tool\.sysext\.csproj\(6,\d+\): error COMPOSE1075: .* has no image for linux/arm/v7", other.Output);
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

        // So is what a registry says.
        using var registry = new DockerRegistry();
        workspace.WriteProject(Project, $"""
              <ItemGroup>
                <OciImage Include="{registry.Host}/missing:1" />
              </ItemGroup>
            """);
        Assert.Matches(@"tool\.sysext\.csproj\(3,\d+\): error COMPOSE1071", workspace.Build(Project).Output);
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

    private static string DigestOf(DockerRegistry registry, string name) => ExternalTool.Run(
        "skopeo", "inspect", "--tls-verify=false", "--creds", $"{DockerRegistry.User}:{DockerRegistry.Password}", "--format", "{{.Digest}}", $"docker://{registry.Host}/{name}").Trim();

    /// <summary>The text of a binary log, which has all that the most detailed log has.</summary>
    private static string ReadLog(string path)
    {
        using var log = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return log.ReadToEnd();
    }
}
