using Compose.Diagnostics;
using Compose.Machines.Emulator;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class QemuToolsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_tools_and_the_firmware_of_this_computer_are_found()
    {
        var tools = QemuTools.Find();

        Assert.All(
            [tools.Emulator, tools.ImageTool, tools.BlockTool, tools.PrivilegeTool!, tools.Firmware.Code, tools.Firmware.Variables],
            path => Assert.True(File.Exists(path), path));
    }

    [Theory]
    [InlineData("", "qemu-system-x86_64", "qemu-system-x86")]
    [InlineData("qemu-system-x86_64", "qemu-img", "qemu-utils")]
    [InlineData("qemu-system-x86_64 qemu-img", "qemu-io", "qemu-utils")]
    [InlineData("qemu-system-x86_64 qemu-img qemu-io", "setpriv", "util-linux")]
    public void A_missing_tool_is_named_with_its_package(string present, string missing, string package)
    {
        foreach (var name in present.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            _folder.CreateScript(name, "exit 1");
        }

        var failure = Assert.Throws<DiagnosticException>(() => QemuTools.Find(_folder.Path));

        Assert.Equal(MachineDiagnostics.ToolMissing, failure.Diagnostic.Descriptor);
        Assert.Equal(missing, failure.Diagnostic.Item);
        Assert.Contains($"the package is {package} on Debian", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Firmware_is_taken_from_the_first_place_that_has_both_parts()
    {
        File.WriteAllBytes(_folder.PathOf("code"), []);
        File.WriteAllBytes(_folder.PathOf("vars"), []);
        var whole = new Firmware(_folder.PathOf("code"), _folder.PathOf("vars"));

        Assert.Equal(whole, Firmware.Find([whole with { Variables = _folder.PathOf("none") }, whole]));
    }

    [Fact]
    public void Missing_firmware_is_named_with_its_package()
    {
        var failure = Assert.Throws<DiagnosticException>(() => Firmware.Find([new("/nowhere/code", "/nowhere/vars")]));

        Assert.Equal(MachineDiagnostics.FirmwareMissing, failure.Diagnostic.Descriptor);
        Assert.Contains("ovmf on Debian", failure.Message, StringComparison.Ordinal);
    }
}
