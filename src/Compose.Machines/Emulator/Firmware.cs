using Compose.Diagnostics;

namespace Compose.Machines.Emulator;

/// <summary>UEFI firmware (OVMF) in the two parts that QEMU takes as flash memory.</summary>
/// <param name="Code">The program, never written.</param>
/// <param name="Variables">The template of the variable store; each machine has its own copy.</param>
public sealed record Firmware(string Code, string Variables)
{
    /// <summary>The first of the places that holds both parts.</summary>
    /// <exception cref="DiagnosticException">None does (COMPOSE5002).</exception>
    public static Firmware Find(IEnumerable<Firmware> places) =>
        places.FirstOrDefault(place => File.Exists(place.Code) && File.Exists(place.Variables))
        ?? throw new DiagnosticException(MachineDiagnostics.FirmwareMissing.Create(
            "No UEFI firmware for x86-64 virtual machines was found. Install it: the package is ovmf on Debian, edk2-ovmf on Fedora and Arch.",
            "OVMF"));

    /// <summary>Where distributions put firmware without Secure Boot, those with 4 MiB of flash first.</summary>
    /// <param name="emulator">Path of the emulator: builds of QEMU itself carry firmware beside it.</param>
    internal static IEnumerable<Firmware> UsualPlaces(string emulator)
    {
        // Debian, Ubuntu
        yield return new("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd");
        // Arch
        yield return new("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd");
        // Fedora
        yield return new("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd");
        // openSUSE
        yield return new("/usr/share/qemu/ovmf-x86_64-4m-code.bin", "/usr/share/qemu/ovmf-x86_64-4m-vars.bin");
        // Debian before 12
        yield return new("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd");

        var share = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(emulator) ?? "", "..", "share", "qemu"));
        yield return new(Path.Combine(share, "edk2-x86_64-code.fd"), Path.Combine(share, "edk2-i386-vars.fd"));
    }
}
