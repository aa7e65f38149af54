using System.Diagnostics;
using System.Globalization;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

/// <summary>Machines of a process of their own, which ends in every way that a process can.</summary>
public sealed class ProcessLifetimeTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task No_qemu_outlives_a_process_that_a_signal_ends(string signal)
    {
        using var host = await StartHostAsync("hold", AfterText.Stay);
        var qemu = await host.ReadProcessIdAsync();
        Assert.True(TestMachines.IsAlive(qemu));

        await Tool.RunAsync("bash", "bash", "-c", $"kill -{signal} {host.Process.Id}");

        Assert.True(await TestMachines.EndsAsync(qemu), "QEMU did not end.");
    }

    [Fact]
    public async Task No_qemu_outlives_a_process_that_crashes()
    {
        using var host = await StartHostAsync("hold", AfterText.Stay);
        var qemu = await host.ReadProcessIdAsync();

        await host.Process.StandardInput.WriteLineAsync("crash");
        await host.Process.StandardInput.FlushAsync(Cancel);

        Assert.True(await TestMachines.EndsAsync(qemu), "QEMU did not end.");
    }

    [Fact]
    public async Task A_machine_on_the_terminal_shows_its_console_and_ends_with_its_guest()
    {
        using var host = await StartHostAsync("run", AfterText.PowerOff);

        var output = await host.Process.StandardOutput.ReadToEndAsync(Cancel);
        await host.Process.WaitForExitAsync(Cancel);

        Assert.Equal(0, host.Process.ExitCode);
        Assert.StartsWith("The console of the virtual machine. 'poweroff' or Ctrl-A X ends it.", output, StringComparison.Ordinal);
        Assert.Contains("Hello from the guest", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_a_x_ends_a_machine_on_the_terminal()
    {
        using var host = await StartHostAsync("run", AfterText.Stay);
        while (await host.Process.StandardOutput.ReadLineAsync(Cancel) is { } line && !line.Contains("Hello", StringComparison.Ordinal))
        {
        }

        // Ctrl-C is for the guest.
        await host.Process.StandardInput.WriteAsync("\u0003\u0001x");
        await host.Process.StandardInput.FlushAsync(Cancel);
        await host.Process.WaitForExitAsync(Cancel);

        Assert.Equal(0, host.Process.ExitCode);
    }

    private async Task<HostProcess> StartHostAsync(string command, AfterText after)
    {
        var disk = await _folder.CreateDiskAsync("Hello from the guest\n", after);
        var program = Path.Combine(AppContext.BaseDirectory, "Compose.Machines.TestHost.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", program, command, disk])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = _folder.Path;
        return new(Tool.Start("dotnet", start));
    }

    /// <summary>The process with the machine; killed at the end if it still runs.</summary>
    private sealed record HostProcess(Process Process) : IDisposable
    {
        public async Task<int> ReadProcessIdAsync()
        {
            var line = await Process.StandardOutput.ReadLineAsync(Cancel);
            if (line is null)
            {
                Assert.Fail($"There is no machine: {await Process.StandardError.ReadToEndAsync(Cancel)}");
            }

            return int.Parse(line, CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            if (!Process.HasExited)
            {
                Process.Kill();
                Process.WaitForExit();
            }

            Process.Dispose();
        }
    }
}
