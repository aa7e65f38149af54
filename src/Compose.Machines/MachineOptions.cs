namespace Compose.Machines;

/// <summary>What a machine is made of, and how it behaves.</summary>
public sealed record MachineOptions
{
    /// <summary>The image to boot. It is never written: the guest's writes go to a throwaway layer above it.</summary>
    public required string Disk { get; init; }

    /// <summary>The format of <see cref="Disk"/>.</summary>
    public DiskFormat DiskFormat { get; init; } = DiskFormat.Raw;

    /// <summary>Changes made to the throwaway layer before the machine starts, for example to damage a partition.</summary>
    public IReadOnlyList<DiskPatch> DiskPatches { get; init; } = [];

    /// <summary>More disks, all read-only.</summary>
    public IReadOnlyList<ExtraDisk> ExtraDisks { get; init; } = [];

    /// <summary>Credentials for the guest's systemd.</summary>
    public IReadOnlyList<Credential> Credentials { get; init; } = [];

    /// <summary>How many processors the guest has; null for <see cref="Acceleration.Accelerator.DefaultProcessorCount"/>.</summary>
    public int? ProcessorCount { get; init; }

    /// <summary>The guest's memory in MiB.</summary>
    public int MemoryMebibytes { get; init; } = 2048;

    /// <summary>What the guest's network card reaches.</summary>
    public MachineNetwork Network { get; init; } = MachineNetwork.Isolated;

    /// <summary>Where the serial console goes.</summary>
    public ConsoleMode Console { get; init; } = ConsoleMode.Log;

    /// <summary>What happens when the guest reboots.</summary>
    public RebootAction OnReboot { get; init; } = RebootAction.Reset;

    /// <summary>What happens when the guest powers off.</summary>
    public PowerOffAction OnPowerOff { get; init; } = PowerOffAction.Exit;

    /// <summary>Whether the guest gets the agent that runs commands for <see cref="QemuMachine.Guest"/>.</summary>
    public bool GuestAgent { get; init; } = true;

    /// <summary>How many bytes of a command's output, and of its error output, come back at most.</summary>
    public int OutputLimit { get; init; } = 1024 * 1024;

    /// <summary>The folder for the console's log; the system's temporary folder if null.</summary>
    public string? LogDirectory { get; init; }

    /// <summary>Keeps the console's log although nothing failed.</summary>
    public bool KeepConsoleLog { get; init; }

    /// <summary>How long QEMU may take until it answers. The guest has not begun to boot then.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Formats of disk images.</summary>
public enum DiskFormat
{
    /// <summary>The disk's bytes.</summary>
    Raw,

    /// <summary>QEMU's copy-on-write format, version 2 and 3.</summary>
    Qcow2,
}

/// <summary>Bytes that replace others on a disk.</summary>
/// <param name="Offset">Where they begin, in bytes.</param>
/// <param name="Bytes">What is written there.</param>
public sealed record DiskPatch(long Offset, ReadOnlyMemory<byte> Bytes);

/// <summary>A read-only disk in addition to the one that is booted.</summary>
/// <param name="Path">A raw image.</param>
/// <param name="Serial">By what the guest knows it (<c>/sys/block/vd?/serial</c>): 1 to 20 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>.</param>
public sealed record ExtraDisk(string Path, string Serial);

/// <summary>What a guest's network card reaches. The guest has one always: without it some images wait for one.</summary>
public enum MachineNetwork
{
    /// <summary>QEMU's own DHCP server and nothing else.</summary>
    Isolated,

    /// <summary>What this host reaches, through address translation.</summary>
    Outbound,
}

/// <summary>Where a serial console goes.</summary>
public enum ConsoleMode
{
    /// <summary>To a log.</summary>
    Log,

    /// <summary>To this process's terminal, and to a log.</summary>
    Terminal,
}

/// <summary>What happens when the guest reboots.</summary>
public enum RebootAction
{
    /// <summary>It starts anew in the same QEMU.</summary>
    Reset,

    /// <summary>QEMU exits.</summary>
    Exit,
}

/// <summary>What happens when the guest powers off.</summary>
public enum PowerOffAction
{
    /// <summary>QEMU exits.</summary>
    Exit,

    /// <summary>QEMU stays, with the guest stopped, and can be asked about it.</summary>
    Pause,
}
