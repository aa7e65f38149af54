namespace Compose.Machines.Emulator;

/// <summary>QEMU's arguments for a machine: a pure function of what the machine is made of.</summary>
internal static class QemuCommandLine
{
    /// <summary>The port by which the guest's agent knows its host.</summary>
    public const string GuestPortName = "compose.agent";

    // The kernel limits one argument to 128 KiB.
    private const int LongestInlineCredential = 64 * 1024;

    /// <summary>Builds the arguments. Credentials that are too long for one are written to the folder.</summary>
    /// <exception cref="ArgumentException">An option's value is not possible.</exception>
    public static IReadOnlyList<string> Build(QemuHost host, MachineOptions options, MachineFolder folder, string consoleLog)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ProcessorCount ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryMebibytes, 1);
        return
        [
            "-no-user-config", "-nodefaults", "-display", "none",
            // The 64-bit entry point lifts the limit of 64 KiB on all credentials together.
            "-machine", "q35,smbios-entry-point-type=64",
            "-accel", host.Accelerator.Name, "-cpu", host.Accelerator.Processor,
            "-smp", $"{options.ProcessorCount ?? host.Accelerator.DefaultProcessorCount}", "-m", $"{options.MemoryMebibytes}",
            "-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Escape(host.Tools.Firmware.Code)}",
            "-drive", $"if=pflash,unit=1,format=raw,file={Escape(folder.PathOf(MachineFiles.Variables))}",
            // Nobody needs the throwaway layer after a crash of this computer, so nothing waits for its disk.
            "-drive", $"if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file={Escape(folder.PathOf(MachineFiles.Overlay))}",
            "-device", "virtio-blk-pci,drive=disk,bootindex=1",
            .. options.ExtraDisks.SelectMany(Disk),
            // Without its option ROM the card needs no package more, and the firmware does not try to boot from it.
            "-netdev", options.Network == MachineNetwork.Isolated ? "user,id=net,restrict=on" : "user,id=net",
            "-device", "virtio-net-pci,netdev=net,romfile=",
            "-device", "virtio-rng-pci",
            "-device", "pvpanic-pci",
            .. Console(options.Console, consoleLog),
            "-chardev", $"socket,id=qmp,path={Escape(folder.PathOf(MachineFiles.QmpSocket))},server=on,wait=off",
            "-mon", "chardev=qmp,mode=control",
            .. GuestAgent(options, folder),
            "-action", Actions(options),
            .. options.Credentials.SelectMany((credential, index) => Smbios(credential, index, folder)),
        ];
    }

    /// <summary>A value within QEMU's comma-separated options.</summary>
    public static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    private static IEnumerable<string> Disk(ExtraDisk disk, int index)
    {
        if (disk.Serial.Length is 0 or > 20 || !disk.Serial.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new ArgumentException($"'{disk.Serial}' is not a disk's serial number.");
        }

        return
        [
            "-drive", $"if=none,id=extra{index},format=raw,readonly=on,file={Escape(disk.Path)}",
            "-device", $"virtio-blk-pci,drive=extra{index},serial={disk.Serial}",
        ];
    }

    private static IEnumerable<string> Console(ConsoleMode mode, string log) => mode switch
    {
        // Ctrl-C belongs to the guest; Ctrl-A is QEMU's own key, with X to quit and C for its monitor.
        ConsoleMode.Terminal =>
        [
            "-chardev", $"stdio,id=console,mux=on,signal=off,logfile={Escape(log)}",
            "-serial", "chardev:console",
            "-mon", "chardev=console,mode=readline",
        ],
        _ => ["-chardev", $"file,id=console,path={Escape(log)}", "-serial", "chardev:console"],
    };

    private static IEnumerable<string> GuestAgent(MachineOptions options, MachineFolder folder) => options.GuestAgent
        ?
        [
            "-device", "virtio-serial-pci",
            "-chardev", $"socket,id=agent,path={Escape(folder.PathOf(MachineFiles.AgentSocket))},server=on,wait=off",
            "-device", $"virtserialport,chardev=agent,name={GuestPortName}",
        ]
        : [];

    private static string Actions(MachineOptions options) => string.Join(',',
        options.OnReboot == RebootAction.Reset ? "reboot=reset" : "reboot=shutdown",
        options.OnPowerOff == PowerOffAction.Exit ? "shutdown=poweroff" : "shutdown=pause",
        // This side hears of a panic and decides.
        "panic=none");

    private static IEnumerable<string> Smbios(Credential credential, int index, MachineFolder folder)
    {
        var value = credential.ToSmbiosString();
        if (value.Length <= LongestInlineCredential)
        {
            return ["-smbios", $"type=11,value={value}"];
        }

        var path = folder.PathOf($"credential{index}");
        File.WriteAllText(path, value);
        return ["-smbios", $"type=11,path={Escape(path)}"];
    }
}
