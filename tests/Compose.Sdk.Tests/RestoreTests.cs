using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class RestoreTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Fact]
    public void Restore_pins_packages_and_the_build_needs_the_pins()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();

        var early = workspace.Build(Hello, "--no-restore");
        Assert.NotEqual(0, early.ExitCode);

        var restore = workspace.Dotnet("restore", Hello, "-nologo", "-tl:off");
        Assert.True(restore.ExitCode == 0, restore.Output);
        using (var file = workspace.ReadLock("hello"))
        {
            var package = Assert.Single(file.RootElement.GetProperty("groups").GetProperty("extension").GetProperty("packages").EnumerateArray());
            Assert.Equal("hello", package.GetProperty("name").GetString());
        }

        workspace.BuildChecked(Hello, "--no-restore");

        File.Delete(workspace.Combine("hello", "compose.lock.json"));
        var late = workspace.Build(Hello, "--no-restore");
        Assert.NotEqual(0, late.ExitCode);
        Assert.Contains("error COMPOSE1040", late.Output, StringComparison.Ordinal);
        Assert.Contains("dotnet restore", late.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_item_more_makes_the_lock_file_unfit()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.BuildChecked(Hello);
        var project = File.ReadAllText(workspace.Combine(Hello));
        workspace.Write(Hello, project.Replace("\"hello\" />", "\"hello;greeter\" />", StringComparison.Ordinal));

        var unrestored = workspace.Build(Hello, "--no-restore");
        Assert.Contains("error COMPOSE1041", unrestored.Output, StringComparison.Ordinal);

        var locked = workspace.Build(Hello, "-p:RestoreLockedMode=true");
        Assert.Contains("error COMPOSE1041", locked.Output, StringComparison.Ordinal);

        workspace.BuildChecked(Hello);
        Assert.Equal("hello greeter 1.0 amd64\nhello hello 1.0 amd64\n", File.ReadAllText(workspace.Combine("hello", "bin", "Debug", "hello_packages.txt")));
    }

    [Fact]
    public void A_restore_with_nothing_to_do_needs_no_mirror()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.BuildChecked(Hello);

        workspace.BuildChecked(Hello, $"-p:DebianMirror={new Uri(workspace.Combine("nowhere") + "/").AbsoluteUri}");
        var anew = workspace.Build(Hello, "-p:RestoreForceEvaluate=true", $"-p:DebianMirror={new Uri(workspace.Combine("nowhere") + "/").AbsoluteUri}");
        Assert.NotEqual(0, anew.ExitCode);
        Assert.Contains("error COMPOSE10", anew.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Keeping_and_renewing_the_lock_file_exclude_each_other()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();

        var result = workspace.Build("base/base.os.csproj", "-p:RestoreLockedMode=true", "-p:RestoreForceEvaluate=true");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("error COMPOSE1043", result.Output, StringComparison.Ordinal);
    }
}
