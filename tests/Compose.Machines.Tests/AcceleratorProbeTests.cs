using Compose.Machines.Acceleration;
using Compose.Machines.Emulator;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class AcceleratorProbeTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TestFolder _folder = new();
    private readonly QemuTools _tools = QemuTools.Find();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_tiny_guest_runs_under_emulation()
    {
        var probe = new AcceleratorProbe(_tools) { Limit = TimeSpan.FromSeconds(30) };

        Assert.Null(await probe.RunGuestAsync(Accelerator.Emulation(""), Cancel));
    }

    [Fact]
    public async Task What_the_probe_chooses_here_runs_the_tiny_guest()
    {
        var chosen = await new AcceleratorProbe(_tools).ProbeAsync(Cancel);
        var probe = new AcceleratorProbe(_tools) { Limit = TimeSpan.FromSeconds(30) };

        Assert.Null(await probe.RunGuestAsync(chosen, Cancel));
        Assert.Equal(chosen.Name == "kvm", chosen.Reason is null);
    }

    [Fact]
    public async Task A_missing_device_means_emulation()
    {
        var chosen = await new AcceleratorProbe(_tools) { Device = _folder.PathOf("kvm") }.ProbeAsync(Cancel);

        Assert.Equal(("tcg,thread=single", "max,la57=off,cx16=off"), (chosen.Name, chosen.Processor));
        Assert.Equal($"{_folder.PathOf("kvm")} does not exist.", chosen.Reason);
    }

    [Fact]
    public async Task A_qemu_that_aborts_means_emulation()
    {
        var chosen = await ProbeWith("echo 'failed to set a register' >&2; kill -ABRT $$");

        Assert.Equal("tcg,thread=single", chosen.Name);
        Assert.Contains("failed to set a register", chosen.Reason, StringComparison.Ordinal);
        Assert.Contains("code 134", chosen.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_hangs_means_emulation_and_leaves_no_process()
    {
        var processId = _folder.PathOf("pid");
        var chosen = await ProbeWith($"echo $$ >{processId}; exec sleep 600");

        Assert.Equal("tcg,thread=single", chosen.Name);
        Assert.Contains("did not end within", chosen.Reason, StringComparison.Ordinal);
        var id = int.Parse(await File.ReadAllTextAsync(processId, Cancel), System.Globalization.CultureInfo.InvariantCulture);
        Assert.False(TestMachines.IsAlive(id));
    }

    [Fact]
    public async Task A_guest_that_only_ends_has_not_run()
    {
        Assert.Equal("tcg,thread=single", (await ProbeWith("exit 0")).Name);
    }

    [Fact]
    public async Task A_guest_that_says_it_ran_means_kvm()
    {
        Assert.Equal(Accelerator.Kvm, await ProbeWith($"exit {ProbeGuest.ExitCode}"));
    }

    [Fact]
    public async Task A_cancelled_probe_is_cancelled()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProbeWith("exec sleep 600", TimeSpan.FromMinutes(1), source.Token));
    }

    private Task<Accelerator> ProbeWith(string emulator) => ProbeWith(emulator, TimeSpan.FromSeconds(2), Cancel);

    private Task<Accelerator> ProbeWith(string emulator, TimeSpan limit, CancellationToken cancellationToken)
    {
        var device = _folder.PathOf("device");
        File.WriteAllBytes(device, []);
        var broken = _tools with { Emulator = _folder.CreateScript("qemu", emulator) };
        return new AcceleratorProbe(broken) { Device = device, Limit = limit }.ProbeAsync(cancellationToken);
    }
}
