using System.Security.Cryptography;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>What lock files name, in a folder that is the only source of a build without a network.</summary>
public sealed class VendorTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Fact]
    public void A_build_from_a_vendored_folder_and_without_a_network_gives_the_same_bytes()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        workspace.WriteBase();
        workspace.WriteHello();
        SetMirror(workspace, mirror);
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

    private static string[] Build() => ["build", Hello, "-nologo", "-tl:off", "-nodeReuse:false"];

    private static string HashOf(Workspace workspace) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(workspace.Combine("hello", "bin", "Debug", "hello.raw"))));

    private static void SetMirror(Workspace workspace, Mirror mirror)
    {
        var path = workspace.Combine("Directory.Build.props");
        File.WriteAllText(path, File.ReadAllText(path).Replace("</PropertyGroup>", $"  <DebianMirror>{mirror.Argument.Split('=')[1]}</DebianMirror>\n  </PropertyGroup>", StringComparison.Ordinal));
    }

    private static void Forget(Workspace workspace)
    {
        foreach (var folder in (string[])["cache", "hello/bin", "hello/obj", "base/bin", "base/obj"])
        {
            if (Directory.Exists(workspace.Combine(folder)))
            {
                Directory.Delete(workspace.Combine(folder), recursive: true);
            }
        }
    }
}
