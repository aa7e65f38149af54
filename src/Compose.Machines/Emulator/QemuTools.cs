using Compose.Diagnostics;

namespace Compose.Machines.Emulator;

/// <summary>The programs and the firmware that machines are made with.</summary>
/// <param name="Emulator">Path of <c>qemu-system-x86_64</c>.</param>
/// <param name="ImageTool">Path of <c>qemu-img</c>.</param>
/// <param name="BlockTool">Path of <c>qemu-io</c>, which comes with qemu-img.</param>
/// <param name="PrivilegeTool">Path of util-linux's <c>setpriv</c>; null where the kernel is not Linux.</param>
/// <param name="Firmware">UEFI firmware for the emulator.</param>
public sealed record QemuTools(string Emulator, string ImageTool, string BlockTool, string? PrivilegeTool, Firmware Firmware)
{
    /// <summary>Finds everything in its usual place.</summary>
    /// <param name="searchPath">Folders to look for programs in, as in PATH, which it is if null.</param>
    /// <exception cref="DiagnosticException">Something is not installed (COMPOSE5001, COMPOSE5002).</exception>
    public static QemuTools Find(string? searchPath = null)
    {
        var folders = (searchPath ?? Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var emulator = Program(folders, "qemu-system-x86_64", "qemu-system-x86");
        return new(
            emulator,
            Program(folders, "qemu-img", "qemu-utils"),
            Program(folders, "qemu-io", "qemu-utils"),
            OperatingSystem.IsLinux() ? Program(folders, "setpriv", "util-linux") : null,
            Firmware.Find(Firmware.UsualPlaces(emulator)));
    }

    private static string Program(string[] folders, string name, string debianPackage)
    {
        var file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new DiagnosticException(MachineDiagnostics.ToolMissing.Create(
                $"'{name}' is not in PATH. Install it: the package is {debianPackage} on Debian, a part of qemu or util-linux elsewhere.",
                name));
    }
}
