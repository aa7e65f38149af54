using System.Text;
using Compose.Diagnostics;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class QemuMachineTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_firmware_boots_the_patched_layer_and_the_image_stays_as_it_is()
    {
        var disk = await _folder.CreateDiskAsync("Booted from the image\n", AfterText.Stay);
        var before = await File.ReadAllBytesAsync(disk, Cancel);
        var offset = before.AsSpan().IndexOf("image\n"u8);
        int process;
        string log;
        var options = TestMachines.Options(disk, _folder) with { DiskPatches = [new(offset, "layer"u8.ToArray())] };
        await using (var machine = await QemuMachine.StartAsync(TestMachines.Host(), options, Cancel))
        {
            process = machine.ProcessId;
            log = machine.Console.Path;
            await machine.WaitForConsoleTextAsync("Booted from the layer", TestMachines.BootDeadline, Cancel);
            var status = await machine.Monitor.ExecuteAsync("query-status", cancellationToken: Cancel);
            Assert.Equal("running", status.GetProperty("status").GetString());
        }

        Assert.False(TestMachines.IsAlive(process));
        Assert.False(File.Exists(log));
        Assert.Equal(before, await File.ReadAllBytesAsync(disk, Cancel));
    }

    [Fact]
    public async Task A_panic_ends_the_wait_and_keeps_the_log()
    {
        var disk = await _folder.CreateDiskAsync("first line\n\e[1mKernel panic - not syncing\e[0m: no init\r\nlast line\n", AfterText.Stay);
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), TestMachines.Options(disk, _folder), Cancel);

        var failure = await Assert.ThrowsAsync<MachineException>(
            () => machine.WaitForConsoleTextAsync("never", TestMachines.BootDeadline, Cancel));

        Assert.Equal(MachineFailure.GuestPanicked, failure.Failure);
        Assert.Equal(["Kernel panic - not syncing: no init", "last line"], failure.ConsoleTail.TakeLast(2));
        Assert.Contains("last line", failure.Message, StringComparison.Ordinal);
        await machine.DisposeAsync();
        Assert.Contains("first line", await File.ReadAllTextAsync(failure.ConsoleLogPath!, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passed_deadline_names_what_was_waited_for_and_keeps_the_log()
    {
        var disk = await _folder.CreateDiskAsync("", AfterText.Stay);
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), TestMachines.Options(disk, _folder), Cancel);

        var failure = await Assert.ThrowsAsync<MachineException>(
            () => machine.WaitForConsoleTextAsync("never", TimeSpan.FromMilliseconds(100), Cancel));

        Assert.Equal(MachineFailure.DeadlinePassed, failure.Failure);
        Assert.StartsWith("Waiting for 'never' on the console: it took longer than 0.1 s.", failure.Message, StringComparison.Ordinal);
        await machine.DisposeAsync();
        Assert.True(File.Exists(failure.ConsoleLogPath));
    }

    [Fact]
    public async Task A_cancelled_wait_is_no_failure()
    {
        var disk = await _folder.CreateDiskAsync("", AfterText.Stay);
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), TestMachines.Options(disk, _folder), Cancel);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => machine.WaitForConsoleTextAsync("never", TestMachines.BootDeadline, source.Token));

        Assert.False(machine.Console.IsKept);
    }

    [Fact]
    public async Task A_qemu_that_ends_ends_the_wait()
    {
        var disk = await _folder.CreateDiskAsync("Off it goes\n", AfterText.PowerOff);
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), TestMachines.Options(disk, _folder), Cancel);

        var failure = await Assert.ThrowsAsync<MachineException>(
            () => machine.WaitForConsoleTextAsync("never", TestMachines.BootDeadline, Cancel));

        Assert.Equal(MachineFailure.EmulatorEnded, failure.Failure);
        Assert.Equal(0, await machine.WaitForExitAsync(TestMachines.BootDeadline, Cancel));
        var shutdown = Assert.Single(machine.Monitor.Events, e => e.Name == "SHUTDOWN");
        Assert.Equal("guest-shutdown", shutdown.Data.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_reset_starts_the_guest_anew_in_the_same_qemu()
    {
        var disk = await _folder.CreateDiskAsync("Once more\n", AfterText.ColdReset);
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), TestMachines.Options(disk, _folder), Cancel);
        using var limit = new CancellationTokenSource(TestMachines.BootDeadline);

        await machine.Monitor.WaitForEventAsync("RESET", occurrence: 2, limit.Token);

        Assert.False(machine.Exited.IsCompleted);
    }

    [Fact]
    public async Task A_reboot_ends_qemu_if_so_wished()
    {
        var disk = await _folder.CreateDiskAsync("Once\n", AfterText.ColdReset);
        var options = TestMachines.Options(disk, _folder) with { OnReboot = RebootAction.Exit };
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), options, Cancel);

        Assert.Equal(0, await machine.WaitForExitAsync(TestMachines.BootDeadline, Cancel));
    }

    [Fact]
    public async Task A_guest_without_an_agent_is_named_in_the_failure_of_a_command()
    {
        var disk = await _folder.CreateDiskAsync("", AfterText.Stay);
        var options = TestMachines.Options(disk, _folder) with { GuestAgent = true };
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), options, Cancel);

        var failure = await Assert.ThrowsAsync<MachineException>(
            () => machine.Guest.RunAsync("true", TimeSpan.FromMilliseconds(100), Cancel));

        Assert.Equal(MachineFailure.DeadlinePassed, failure.Failure);
        Assert.StartsWith("No agent answers in the guest; 'true' was not run.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_qemu_ends_the_wait_for_a_command()
    {
        var disk = await _folder.CreateDiskAsync("", AfterText.Stay);
        var options = TestMachines.Options(disk, _folder) with { GuestAgent = true };
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), options, Cancel);
        var running = machine.Guest.RunAsync("true", TestMachines.BootDeadline, Cancel);
        await machine.Monitor.ExecuteAsync("quit", cancellationToken: Cancel);

        var failure = await Assert.ThrowsAsync<MachineException>(() => running);

        Assert.Equal(MachineFailure.EmulatorEnded, failure.Failure);
    }

    [Theory]
    [InlineData(false, "does not exist")]
    [InlineData(true, "is empty")]
    public async Task A_disk_that_cannot_be_used_is_named(bool exists, string problem)
    {
        var disk = _folder.PathOf("missing.raw");
        if (exists)
        {
            await File.WriteAllBytesAsync(disk, [], Cancel);
        }

        var failure = await Assert.ThrowsAsync<DiagnosticException>(
            () => QemuMachine.StartAsync(TestMachines.Host(), TestMachines.Options(disk, _folder), Cancel));

        Assert.Equal(MachineDiagnostics.DiskUnusable, failure.Diagnostic.Descriptor);
        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_qemu_says_at_a_failed_start_is_in_the_diagnostic()
    {
        var disk = await _folder.CreateDiskAsync("", AfterText.Stay);
        var host = TestMachines.Host();
        host = host with { Accelerator = host.Accelerator with { Processor = "no-such-processor" } };

        var failure = await Assert.ThrowsAsync<DiagnosticException>(
            () => QemuMachine.StartAsync(host, TestMachines.Options(disk, _folder), Cancel));

        Assert.Equal(MachineDiagnostics.EmulatorRefused, failure.Diagnostic.Descriptor);
        Assert.Contains("no-such-processor", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.log"));
    }

    [Fact]
    public async Task An_image_of_another_format_is_refused_by_the_image_tool()
    {
        var disk = _folder.PathOf("not-qcow2.img");
        await File.WriteAllBytesAsync(disk, Encoding.ASCII.GetBytes(new string('x', 4096)), Cancel);
        var options = TestMachines.Options(disk, _folder) with { DiskFormat = DiskFormat.Qcow2 };

        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => QemuMachine.StartAsync(TestMachines.Host(), options, Cancel));

        Assert.StartsWith("COMPOSE5006: qemu-img ends with code 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_of_any_size_reach_the_smbios_table()
    {
        // Longer than a 16-bit table and than one argument.
        var big = new byte[200_000];
        new Random(1).NextBytes(big);
        var disk = await _folder.CreateDiskAsync("Up\n", AfterText.Stay);
        var options = TestMachines.Options(disk, _folder) with { Credentials = [Credential.FromText("small", "x"), new("big", big)] };
        await using var machine = await QemuMachine.StartAsync(TestMachines.Host(), options, Cancel);
        await machine.WaitForConsoleTextAsync("Up", TestMachines.BootDeadline, Cancel);

        var dump = _folder.PathOf("memory");
        await machine.Monitor.ExecuteAsync(
            "pmemsave", new() { ["val"] = 0, ["size"] = 256 * 1024 * 1024, ["filename"] = dump }, Cancel);

        var memory = await File.ReadAllBytesAsync(dump, Cancel);
        Assert.True(memory.AsSpan().IndexOf(Encoding.ASCII.GetBytes(new Credential("small", "x"u8.ToArray()).ToSmbiosString())) > 0);
        Assert.True(memory.AsSpan().IndexOf(Encoding.ASCII.GetBytes(new Credential("big", big).ToSmbiosString() + "\0")) > 0);
    }
}
