using Compose.Machines;

namespace Compose.Boot.Tests;

/// <summary>One boot of the image with extensions that it lacks; the tests look at the answers.</summary>
public sealed class AttachedExtensionScenario : IAsyncLifetime
{
    private static readonly TimeSpan CommandDeadline = TimeSpan.FromMinutes(2);

    /// <summary>How the boot ended.</summary>
    internal BootState Boot { get; private set; } = null!;

    /// <summary>What the system says of its extensions, and of VMware's tools.</summary>
    internal GuestCommandResult Tools { get; private set; } = null!;

    /// <summary>What the system says of its configuration extensions, and of /etc.</summary>
    internal GuestCommandResult Configuration { get; private set; } = null!;

    /// <summary>What the system says of the .NET service, and what that service says.</summary>
    internal GuestCommandResult Worker { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var host = await QemuHost.DetectAsync(cancellationToken: cancel);
        var options = new MachineOptions { Disk = BootImage.Path, LogDirectory = BootImage.LogDirectory, KeepConsoleLog = true }.WithExtensions(
        [
            BootImage.Extension("open-vm-tools.sysext", "open-vm-tools"),
            BootImage.Extension("dotnet-worker.sysext", "dotnet-worker"),
        ],
        [
            BootImage.Extension("journal-size.confext", "journal-size"),
        ]);
        await using var machine = await QemuMachine.StartAsync(host, options, cancel);

        Boot = await machine.Guest.WaitForBootAsync(BootScenario.BootDeadline, cancel);
        Tools = await machine.Guest.RunAsync(
            "systemd-sysext status --no-legend; ldd /usr/bin/vmtoolsd || echo 'not found'; test -e /etc/vmware-tools/tools.conf && echo configured",
            CommandDeadline,
            cancel);
        Configuration = await machine.Guest.RunAsync(
            """
            systemd-confext status --no-legend
            systemctl is-active systemd-confext.service
            # What systemd itself reads, and what the layers below have.
            systemd-analyze cat-config systemd/journald.conf | grep SystemMaxUse=64M
            cat /etc/hostname /etc/passwd >/dev/null && grep -c compose-os /etc/os-release
            touch /etc/new 2>&1 || echo read-only
            """,
            CommandDeadline,
            cancel);
        Worker = await machine.Guest.RunAsync(
            """
            # Emulated, the runtime may still be starting.
            timeout 90 bash -c 'until systemctl is-active --quiet dotnet-worker.service; do sleep 1; done'
            systemctl is-active dotnet-worker.service
            systemctl show -P DynamicUser -P Environment -P Type dotnet-worker.service
            ps -o user:32= -p "$(systemctl show -P MainPID dotnet-worker.service)"
            exec 3<>/dev/tcp/127.0.0.1/7037 && cat <&3
            """,
            CommandDeadline,
            cancel);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public class AttachedExtensionTests(AttachedExtensionScenario scenario) : IClassFixture<AttachedExtensionScenario>
{
    [Fact]
    public void An_extension_that_the_image_lacks_is_merged_when_it_is_attached()
    {
        Assert.Empty(scenario.Boot.FailedUnits);
        Assert.Equal(0, scenario.Tools.ExitCode);
        foreach (var expected in (string[])["open-vm-tools", "dotnet-worker", "docker-flatcar", "libvmtools.so", "configured"])
        {
            Assert.Contains(expected, scenario.Tools.StandardOutput, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("not found", scenario.Tools.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_extension_is_merged_over_etc_at_boot()
    {
        var lines = scenario.Configuration.EnsureSuccess().StandardOutput.Split('\n');
        Assert.Matches("^/etc +journal-size ", lines[0]);
        Assert.Equal(["active", "SystemMaxUse=64M"], lines[1..3]);
        Assert.Contains("read-only", lines);
    }

    [Fact]
    public void A_dotnet_application_runs_as_a_service_and_answers()
    {
        var lines = scenario.Worker.EnsureSuccess().StandardOutput.Split('\n');
        Assert.Equal("active", lines[0]);
        Assert.Equal(["DOTNET_CONTENTROOT=/usr/lib/dotnet-worker DOTNET_EnableDiagnostics=0", "notify", "yes"], lines[1..4].Order(StringComparer.Ordinal));
        Assert.StartsWith("dotnet-", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("dotnet-worker on .NET 10.", lines[5], StringComparison.Ordinal);
    }
}
