using Compose.Machines;

namespace Compose.Boot.Tests;

public class AttachedExtensionTests
{
    [Fact]
    public async Task An_extension_that_the_image_lacks_is_merged_when_it_is_attached()
    {
        var cancel = TestContext.Current.CancellationToken;
        var host = await QemuHost.DetectAsync(cancellationToken: cancel);
        var options = new MachineOptions { Disk = BootImage.Path, LogDirectory = BootImage.LogDirectory, KeepConsoleLog = true }
            .WithExtensions([BootImage.Extension("open-vm-tools.sysext", "open-vm-tools")]);
        await using var machine = await QemuMachine.StartAsync(host, options, cancel);

        var boot = await machine.Guest.WaitForBootAsync(BootScenario.BootDeadline, cancel);
        var answer = await machine.Guest.RunAsync(
            "systemd-sysext status --no-legend; ldd /usr/bin/vmtoolsd || echo 'not found'; test -e /etc/vmware-tools/tools.conf && echo configured",
            TimeSpan.FromMinutes(2),
            cancel);

        Assert.Empty(boot.FailedUnits);
        Assert.Equal(0, answer.ExitCode);
        foreach (var expected in (string[])["open-vm-tools", "docker-flatcar", "libvmtools.so", "configured"])
        {
            Assert.Contains(expected, answer.StandardOutput, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("not found", answer.StandardOutput, StringComparison.Ordinal);
    }
}
