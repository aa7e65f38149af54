using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class RunTests(SdkFixture fixture)
{
    [Fact]
    public void Dotnet_run_builds_the_extension_and_starts_the_command_that_boots_it()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();

        // With --help the command says what it is instead of booting; the boot tests show the boot.
        var result = workspace.Dotnet(
            "run", "--project", "hello/hello.sysext.csproj", "-p:ComposeBootImageProject=../image/tiny.image.csproj", "--", "--help");

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("Boots a disk image in QEMU", result.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(workspace.Combine("hello", "bin", "Debug", "hello.raw")));
    }
}
