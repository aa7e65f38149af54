using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class ArchiveTests(SdkFixture fixture)
{
    private const string Tool = "tool/tool.sysext.csproj";

    [Fact]
    public void Archives_of_a_server_and_of_the_project_become_an_extension()
    {
        using var workspace = fixture.CreateWorkspace();
        using var server = new FileServer();
        workspace.WriteBase();
        WriteArchives(workspace, server);
        WriteTool(workspace, server);

        var first = workspace.BuildChecked(Tool);

        Assert.Contains("is taken on trust", first, StringComparison.Ordinal);
        Assert.Contains("came by http", first, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", first, StringComparison.Ordinal);
        var image = workspace.Combine("tool", "bin", "Debug", "tool.raw");
        var list = CommandLine.RunChecked("unsquashfs", ["-lln", image], workspace.Root);
        Assert.Matches(@"(?m)^-rwxr-xr-x 0/0 +\d+ 2023-11-14 \d\d:\d\d squashfs-root/usr/bin/tool$", list);
        Assert.Matches(@"(?m)^-rwxr-x--- 0/0 +\d+ 2023-11-14 \d\d:\d\d squashfs-root/usr/libexec/helper$", list);
        Assert.Matches(@"(?m)^lrwxrwxrwx 0/0 .* squashfs-root/usr/bin/link -> tool$", list);
        Assert.Matches(@"(?m)^-rw-r--r-- 0/0 .* squashfs-root/usr/share/tool/data.txt$", list);
        Assert.DoesNotContain("README", list, StringComparison.Ordinal);
        using (var file = workspace.ReadLock("tool"))
        {
            Assert.False(file.RootElement.TryGetProperty("repositories", out _));
            var archives = file.RootElement.GetProperty("archives").EnumerateArray().ToArray();
            Assert.Equal(["1.1.0", null], archives.Select(archive => archive.TryGetProperty("version", out var version) ? version.GetString() : null).OrderDescending(StringComparer.Ordinal));
        }

        Assert.DoesNotContain("secret", File.ReadAllText(workspace.Combine("tool", "compose.lock.json")), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", File.ReadAllText(workspace.Combine("tool", "obj", "Debug", "compose.inputs.txt")), StringComparison.Ordinal);

        // From here on the server is not needed: not for a second build, nor for one in locked mode, nor for what changes locally.
        server.Dispose();
        var before = workspace.Snapshot();
        workspace.BuildChecked(Tool);
        Assert.Empty(workspace.Snapshot().Except(before).Select(file => file.Key));
        workspace.BuildChecked(Tool, "-p:RestoreLockedMode=true");
        Assert.Equal(before["tool/bin/Debug/tool.raw"], File.GetLastWriteTimeUtc(image));
        var project = File.ReadAllText(workspace.Combine(Tool));
        workspace.Write(Tool, project.Replace("/usr/share/tool/", "/usr/share/other/", StringComparison.Ordinal));
        workspace.BuildChecked(Tool, "--no-restore");
        Assert.Contains("usr/share/other/data.txt", CommandLine.RunChecked("unsquashfs", ["-l", image], workspace.Root), StringComparison.Ordinal);
        File.Delete(workspace.Combine("tool", "bin", "Debug", "tool.raw"));
        workspace.Write(Tool, project);
        workspace.BuildChecked(Tool, "-t:Rebuild", "--no-restore");
        Assert.True(File.Exists(image));
    }

    [Fact]
    public void A_lock_file_that_does_not_fit_is_an_error_at_the_item()
    {
        using var workspace = fixture.CreateWorkspace();
        using var server = new FileServer();
        workspace.WriteBase();
        WriteArchives(workspace, server);
        WriteTool(workspace, server);
        workspace.BuildChecked(Tool);
        var project = File.ReadAllText(workspace.Combine(Tool));

        workspace.Write(Tool, project.Replace("Version=\"1.*\"", "Version=\"1.0.*\"", StringComparison.Ordinal));
        Assert.Contains("error COMPOSE1041", workspace.Build(Tool, "--no-restore").Output, StringComparison.Ordinal);
        Assert.Contains("error COMPOSE1041", workspace.Build(Tool, "-p:RestoreLockedMode=true").Output, StringComparison.Ordinal);
        workspace.BuildChecked(Tool);

        workspace.Write(Tool, project.Replace("link -> /usr/bin/", "nothing -> /usr/bin/", StringComparison.Ordinal));
        workspace.Dotnet("restore", Tool, "-nologo", "-tl:off");
        Assert.Contains($"{workspace.Combine(Tool)}(4,14): error COMPOSE1069", workspace.Build(Tool, "--no-restore").Output, StringComparison.Ordinal);

        // What was never restored is not downloaded by a build.
        server.Requests.Clear();
        File.Delete(workspace.Combine("tool", "compose.lock.json"));
        Assert.Contains("error COMPOSE1040", workspace.Build(Tool, "--no-restore").Output, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    private static void WriteArchives(Workspace workspace, FileServer server)
    {
        var folder = workspace.Combine("upstream");
        foreach (var version in (string[])["1.0.0", "1.1.0", "2.0.0"])
        {
            CommandLine.RunChecked("sh", ["-c", $"""
                set -e
                mkdir -p {folder}/tool-{version}
                cd {folder}
                echo {version} > tool-{version}/tool; chmod 755 tool-{version}/tool
                echo helper > tool-{version}/helper; chmod 700 tool-{version}/helper
                ln -s tool tool-{version}/link
                echo readme > tool-{version}/README
                tar --owner=builder:1234 --group=builder:1234 --mtime=@1700000000 -czf tool-{version}.tgz tool-{version}
                """], workspace.Root);
            server.Files[$"/dist/tool-{version}.tgz"] = File.ReadAllBytes(Path.Combine(folder, $"tool-{version}.tgz"));
        }

        server.Files["/dist/"] = """<a href="tool-1.0.0.tgz">1</a> <a href="tool-1.1.0.tgz">2</a> <a href="tool-2.0.0.tgz">3</a>"""u8.ToArray();
        workspace.Write("tool/in/data.txt", "data\n");
        CommandLine.RunChecked("sh", ["-c", "touch -d 2024-01-01 data.txt && zip -q data.zip data.txt"], workspace.Combine("tool", "in"));
    }

    private static void WriteTool(Workspace workspace, FileServer server) => workspace.WriteProject(Tool, $"""
          <ItemGroup>
            <ProjectReference Include="../base/base.os.csproj" />
            <Archive Include="http://user:secret@127.0.0.1:{server.Port}/dist/tool-{"{version}"}.tgz" Version="1.*" VersionsUrl="http://127.0.0.1:{server.Port}/dist/"
                     StripComponents="1" Mappings="tool -> /usr/bin/tool; link -> /usr/bin/; helper -> /usr/libexec/helper mode=0750" />
            <Archive Include="in/data.zip" Destination="/usr/share/tool/" />
          </ItemGroup>
        """);
}
