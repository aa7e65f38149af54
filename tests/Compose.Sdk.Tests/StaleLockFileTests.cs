using System.Text.Json.Nodes;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Lock files that say something else than the project, the files beside it, or the mirror.</summary>
public sealed class StaleLockFileTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Fact]
    public void An_archive_of_the_project_that_changes_needs_a_restore()
    {
        const string Tool = "tool/tool.sysext.csproj";
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        WriteArchive(workspace, "first\n");
        workspace.WriteProject(Tool, """
              <ItemGroup>
                <Archive Include="in/data.zip" Destination="/usr/share/tool" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.BuildChecked(Tool);

        WriteArchive(workspace, "second\n");

        foreach (var option in (string[])["--no-restore", "-p:RestoreLockedMode=true"])
        {
            var build = workspace.Build(Tool, option);
            Assert.NotEqual(0, build.ExitCode);
            Assert.Contains("error COMPOSE1041", build.Output, StringComparison.Ordinal);
            Assert.Contains("'in/data.zip' has other bytes", build.Output, StringComparison.Ordinal);
        }

        workspace.BuildChecked(Tool);
        var image = workspace.Combine("tool", "bin", "Debug", "tool.raw");
        Assert.Contains("second", CommandLine.RunChecked("unsquashfs", ["-cat", image, "usr/share/tool/data.txt"], workspace.Root), StringComparison.Ordinal);
        workspace.BuildChecked(Tool, "--no-restore");
    }

    [Fact]
    public void Marks_of_a_merge_are_shown_at_their_line()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.BuildChecked(Hello);
        var path = workspace.Combine("hello", "compose.lock.json");
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [.. lines[..4], "<<<<<<< HEAD", lines[4], "=======", lines[4], ">>>>>>> theirs", .. lines[5..]]);

        foreach (var option in (string[])["--no-restore", "-p:RestoreLockedMode=false"])
        {
            Assert.Contains($"{path}(5): error COMPOSE1042", workspace.Build(Hello, option).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_digest_that_was_changed_by_hand_is_refused()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.BuildChecked(Hello);
        var path = workspace.Combine("hello", "compose.lock.json");
        var file = JsonNode.Parse(File.ReadAllText(path))!;
        file["groups"]!["extension"]!["packages"]![0]!["sha256"] = new string('0', 64);
        var edited = file.ToJsonString();
        File.WriteAllText(path, edited);

        Assert.Contains("error COMPOSE1046", workspace.Build(Hello, "--no-restore").Output, StringComparison.Ordinal);
        Assert.Contains($"{path} : error COMPOSE1053", workspace.Build(Hello).Output, StringComparison.Ordinal);
        Assert.Equal(edited, File.ReadAllText(path));
        workspace.BuildChecked(Hello, "-p:RestoreForceEvaluate=true");
    }

    [Fact]
    public void A_lock_file_that_was_left_behind_stands_for_nothing()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteProject("greeter/greeter.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="greeter" />
                <ProjectReference Include="../hello/hello.sysext.csproj" />
              </ItemGroup>
            """);
        workspace.BuildChecked("greeter/greeter.sysext.csproj");
        Assert.Equal("greeter greeter 1.0 amd64\n", Packages());

        // The referenced extension asks for nothing any more, so what it had is to come with this one.
        workspace.WriteProject(Hello, """
              <ItemGroup>
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        Assert.Contains("error COMPOSE1041", workspace.Build("greeter/greeter.sysext.csproj", "--no-restore").Output, StringComparison.Ordinal);
        workspace.BuildChecked("greeter/greeter.sysext.csproj");
        Assert.True(File.Exists(workspace.Combine("hello", "compose.lock.json")));
        Assert.Equal("greeter greeter 1.0 amd64\ngreeter hello 1.0 amd64\n", Packages());

        string Packages() => File.ReadAllText(workspace.Combine("greeter", "bin", "Debug", "greeter_packages.txt"));
    }

    private static void WriteArchive(Workspace workspace, string text)
    {
        workspace.Write("tool/in/data.txt", text);
        File.Delete(workspace.Combine("tool", "in", "data.zip"));
        CommandLine.RunChecked("zip", ["-q", "data.zip", "data.txt"], workspace.Combine("tool", "in"));
    }
}
