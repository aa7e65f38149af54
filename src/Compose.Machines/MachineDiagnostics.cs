using Compose.Diagnostics;

namespace Compose.Machines;

/// <summary>What can be wrong before a machine runs: codes COMPOSE5001 and up.</summary>
public static class MachineDiagnostics
{
    /// <summary>QEMU or another program that a machine needs is not installed.</summary>
    public static readonly DiagnosticDescriptor ToolMissing =
        new("COMPOSE5001", DiagnosticSeverity.Error, "A program that virtual machines need is missing");

    /// <summary>No UEFI firmware for virtual machines is installed.</summary>
    public static readonly DiagnosticDescriptor FirmwareMissing =
        new("COMPOSE5002", DiagnosticSeverity.Error, "UEFI firmware for virtual machines is missing");

    /// <summary>A disk that the machine should have cannot be used.</summary>
    public static readonly DiagnosticDescriptor DiskUnusable =
        new("COMPOSE5003", DiagnosticSeverity.Error, "A disk image cannot be used");

    /// <summary>The processor's virtualisation cannot be used; the machine is emulated.</summary>
    public static readonly DiagnosticDescriptor Emulated =
        new("COMPOSE5004", DiagnosticSeverity.Message, "The virtual machine is emulated");

    /// <summary>The temporary folder's path leaves no room for the name of a socket.</summary>
    public static readonly DiagnosticDescriptor TemporaryPathTooLong =
        new("COMPOSE5005", DiagnosticSeverity.Error, "The temporary folder's path is too long");

    /// <summary>QEMU, or a tool of it, refused to work.</summary>
    public static readonly DiagnosticDescriptor EmulatorRefused =
        new("COMPOSE5006", DiagnosticSeverity.Error, "QEMU could not start the virtual machine");
}
