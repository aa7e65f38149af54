using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Files of packages that NuGet restores from a feed, a folder here.</summary>
public sealed class NuGetContentTests(SdkFixture fixture)
{
    private const string Native = "native/native.sysext.csproj";

    [Fact]
    public void Files_of_a_package_are_pinned_and_in_the_image()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        NuGetFeed.Configure(workspace);
        NuGetFeed.Publish(workspace, "1.2.3", "first\n");
        WriteProject(workspace, "1.2.*");

        workspace.BuildChecked(Native);

        Assert.Equal("1.2.3", LockedVersion(workspace));
        var image = workspace.Combine("native", "bin", "Debug", "native.raw");
        Assert.Equal("first\n", Read(image, "usr/lib/native/1.2.3/data.txt"));
        var lines = CommandLine.RunChecked("unsquashfs", ["-lln", image], workspace.Root).Split('\n');
        Assert.Contains(lines, line => line.StartsWith("-rwxr-xr-x 0/0", StringComparison.Ordinal) && line.EndsWith("/usr/lib/native/1.2.3/tool.sh", StringComparison.Ordinal));
        var before = workspace.Snapshot();
        workspace.BuildChecked(Native);
        Assert.Equal(before, workspace.Snapshot());

        // A newer version is taken when it is asked for, or when all is evaluated anew; then no feed is needed any more.
        NuGetFeed.Publish(workspace, "1.2.4", "second\n");
        workspace.BuildChecked(Native);
        Assert.Equal("1.2.3", LockedVersion(workspace));
        workspace.BuildChecked(Native, "-p:RestoreForceEvaluate=true");
        Assert.Equal("1.2.4", LockedVersion(workspace));
        Assert.Equal("second\n", Read(image, "usr/lib/native/1.2.4/data.txt"));
        Directory.Delete(workspace.Combine("feed"), recursive: true);
        Directory.Delete(workspace.Combine("packages"), recursive: true);
        workspace.BuildChecked(Native, "-p:RestoreLockedMode=true");

        WriteProject(workspace, "[1.2.3]");
        var locked = workspace.Build(Native, "-p:RestoreLockedMode=true");
        Assert.Contains("error COMPOSE1041", locked.Output, StringComparison.Ordinal);
        var unrestored = workspace.Build(Native, "--no-restore");
        Assert.Contains("error COMPOSE1041", unrestored.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_package_of_the_same_version_is_refused()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        NuGetFeed.Configure(workspace);
        NuGetFeed.Publish(workspace, "1.2.3", "right\n");
        WriteProject(workspace, "1.2.3");
        workspace.BuildChecked(Native);

        Directory.Delete(workspace.Combine("packages"), recursive: true);
        Directory.Delete(workspace.Combine("cache"), recursive: true);
        NuGetFeed.Publish(workspace, "1.2.3", "wrong\n");
        var result = workspace.Build(Native);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{workspace.Combine(Native)}(3,19): error COMPOSE1082", result.Output, StringComparison.Ordinal);
    }

    private static void WriteProject(Workspace workspace, string version) => workspace.WriteProject(Native, $$"""
          <ItemGroup>
            <NuGetContent Include="Some.Native.Package" Version="{{version}}" Files="runtimes/linux-x64/native/**" Destination="/usr/lib/native/{version}" />
            <ProjectReference Include="../base/base.os.csproj" />
          </ItemGroup>
        """);

    private static string? LockedVersion(Workspace workspace)
    {
        using var file = workspace.ReadLock("native");
        return Assert.Single(file.RootElement.GetProperty("nugetPackages").EnumerateArray()).GetProperty("version").GetString();
    }

    private static string Read(string image, string path) => CommandLine.RunChecked("unsquashfs", ["-cat", image, path], Path.GetDirectoryName(image)!).Trim('\n') + "\n";
}
