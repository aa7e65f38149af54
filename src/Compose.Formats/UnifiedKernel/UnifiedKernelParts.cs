using Compose.FileTrees;

namespace Compose.Formats.UnifiedKernel;

/// <summary>What goes into a unified kernel image (UAPI.5). Parts that are null or empty get no section.</summary>
/// <param name="Stub">The boot stub, systemd's <c>linuxx64.efi.stub</c> or <c>linuxaa64.efi.stub</c>.</param>
/// <param name="Kernel">The kernel as a PE file, section <c>.linux</c>.</param>
public sealed record UnifiedKernelParts(FileContent Stub, FileContent Kernel)
{
    /// <summary>The initrds, in the order the kernel unpacks them, section <c>.initrd</c>.</summary>
    public IReadOnlyList<FileContent> Initrds { get; init; } = [];

    /// <summary>The kernel's command line, section <c>.cmdline</c>.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The os-release file, section <c>.osrel</c>: boot loaders show its name and version.</summary>
    public FileContent? OsRelease { get; init; }

    /// <summary>The kernel's release as <c>uname -r</c> prints it, section <c>.uname</c>.</summary>
    public string? KernelRelease { get; init; }

    /// <summary>A compiled device tree, section <c>.dtb</c>.</summary>
    public FileContent? DeviceTree { get; init; }

    /// <summary>A BMP picture, section <c>.splash</c>.</summary>
    public FileContent? Splash { get; init; }

    /// <summary>The public key of PCR signatures as PEM, section <c>.pcrpkey</c>.</summary>
    public FileContent? PcrPublicKey { get; init; }

    /// <summary>An uncompressed cpio archive with processor microcode, section <c>.ucode</c> (systemd 256).</summary>
    public FileContent? Microcode { get; init; }
}
