using Compose.Diagnostics;

namespace Compose.Machines;

/// <summary>What a machine on the terminal is made of.</summary>
public sealed record InteractiveOptions
{
    /// <summary>The image to boot; it is not changed, and what the guest writes is gone afterwards.</summary>
    public required string Disk { get; init; }

    /// <summary>Paths of extension images (<c>NAME.raw</c>) that the guest merges too, in place of its own of that name.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];

    /// <summary>The same of configuration extensions.</summary>
    public IReadOnlyList<string> ConfigurationExtensions { get; init; } = [];

    /// <summary>How many processors the guest has; null for <see cref="Acceleration.Accelerator.DefaultProcessorCount"/>.</summary>
    public int? ProcessorCount { get; init; }

    /// <summary>The guest's memory in MiB.</summary>
    public int MemoryMebibytes { get; init; } = 2048;

    /// <summary>What the guest's network card reaches.</summary>
    public MachineNetwork Network { get; init; } = MachineNetwork.Outbound;

    /// <summary>Whether the console has a root shell without a password.</summary>
    public bool Autologin { get; init; } = true;
}

/// <summary>A machine whose console is this process's terminal, until its guest powers off or a person quits.</summary>
public static class InteractiveSession
{
    /// <summary>Boots the image. Ctrl-C goes to the guest; Ctrl-A X quits.</summary>
    /// <param name="host">What it runs with.</param>
    /// <param name="options">What the machine is made of.</param>
    /// <param name="output">Takes a line on how to leave, before the guest's own output.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>QEMU's exit code: 0 when the guest powered off or a person quit.</returns>
    /// <exception cref="DiagnosticException">A disk is missing (COMPOSE5003), or QEMU does not start (COMPOSE5006).</exception>
    public static async Task<int> RunAsync(
        QemuHost host, InteractiveOptions options, TextWriter output, CancellationToken cancellationToken = default)
    {
        await output.WriteLineAsync("The console of the virtual machine. 'poweroff' or Ctrl-A X ends it.").ConfigureAwait(false);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        var machine = await QemuMachine.StartAsync(host, ToMachineOptions(options), cancellationToken).ConfigureAwait(false);
        await using (machine.ConfigureAwait(false))
        {
            return await machine.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The machine that <see cref="RunAsync"/> starts.</summary>
    internal static MachineOptions ToMachineOptions(InteractiveOptions options) => new MachineOptions
    {
        Disk = options.Disk,
        ProcessorCount = options.ProcessorCount,
        MemoryMebibytes = options.MemoryMebibytes,
        Network = options.Network,
        Console = ConsoleMode.Terminal,
        GuestAgent = false,
        Credentials = options.Autologin ? [Autologin] : [],
    }.WithExtensions(options.Extensions, options.ConfigurationExtensions);

    private static Credential Autologin => Credential.UnitDropIn(
        "serial-getty@ttyS0.service",
        "compose-autologin",
        """
        [Service]
        ExecStart=
        ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200,57600,38400,9600 - ${TERM}

        """.ReplaceLineEndings("\n"));
}
