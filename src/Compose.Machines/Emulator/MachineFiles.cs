namespace Compose.Machines.Emulator;

/// <summary>Names of the files in a <see cref="MachineFolder"/>.</summary>
internal static class MachineFiles
{
    /// <summary>The firmware's variable store.</summary>
    public const string Variables = "vars.fd";

    /// <summary>The throwaway layer above the disk.</summary>
    public const string Overlay = "disk.qcow2";

    /// <summary>QEMU's machine protocol.</summary>
    public const string QmpSocket = "qmp";

    /// <summary>The host's end of the agent's port.</summary>
    public const string AgentSocket = "agent";
}
