using System.Diagnostics;
using Compose.Machines.Emulator;

namespace Compose.Machines.Acceleration;

/// <summary>
/// Finds out whether the kernel's virtual machine works. That its device opens proves nothing: in nested and
/// restricted surroundings QEMU aborts over it, or the guest hangs. So a tiny guest is run under a time limit.
/// </summary>
/// <param name="tools">What it is run with.</param>
public sealed class AcceleratorProbe(QemuTools tools)
{
    /// <summary>How long the tiny guest may take. It needs a fraction of a second where the device works.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The device that must be there before a guest is tried.</summary>
    public string Device { get; init; } = "/dev/kvm";

    /// <summary>KVM if the tiny guest runs with it, otherwise emulation with the reason. Never fails over a broken KVM.</summary>
    public async Task<Accelerator> ProbeAsync(CancellationToken cancellationToken = default)
    {
        if (!File.Exists(Device))
        {
            return Accelerator.Emulation($"{Device} does not exist.");
        }

        try
        {
            using var device = File.Open(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return Accelerator.Emulation($"{Device} cannot be opened: {exception.Message}");
        }

        var failure = await RunGuestAsync(Accelerator.Kvm, cancellationToken).ConfigureAwait(false);
        return failure is null ? Accelerator.Kvm : Accelerator.Emulation(failure);
    }

    /// <summary>Runs the tiny guest.</summary>
    /// <returns>What went wrong, or null.</returns>
    internal async Task<string?> RunGuestAsync(Accelerator accelerator, CancellationToken cancellationToken)
    {
        using var folder = MachineFolder.Create();
        var disk = folder.PathOf("probe.img");
        await File.WriteAllBytesAsync(disk, ProbeGuest.CreateDisk(), cancellationToken).ConfigureAwait(false);
        using var emulator = EmulatorProcess.Start(tools, Arguments(accelerator, disk), ConsoleMode.Log);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var code = await emulator.Exited.WaitAsync(limit.Token).ConfigureAwait(false);
            return code == ProbeGuest.ExitCode
                ? null
                : $"QEMU ends with code {code} over {Device}: {emulator.ErrorText.Trim().Split('\n')[0]}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"a guest of a few instructions did not end within {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s over {Device}.";
        }
    }

    /// <summary>The tiny guest's machine has two processors, as those of boot tests have.</summary>
    internal static IReadOnlyList<string> Arguments(Accelerator accelerator, string disk) =>
    [
        "-no-user-config", "-nodefaults", "-display", "none",
        "-machine", "q35", "-accel", accelerator.Name, "-cpu", accelerator.Processor, "-smp", "2", "-m", "64",
        "-device", $"isa-debug-exit,iobase=0x{ProbeGuest.ExitPort:x},iosize=1",
        "-drive", $"if=none,id=probe,format=raw,readonly=on,file={QemuCommandLine.Escape(disk)}",
        "-device", "virtio-blk-pci,drive=probe",
    ];
}
