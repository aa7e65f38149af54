using System.Runtime.InteropServices;

namespace Compose.Formats.UnifiedKernel;

/// <summary>A unified kernel image that was read (UAPI.5).</summary>
/// <param name="Architecture">The processor it is for.</param>
/// <param name="Sections">All its sections, those of the boot stub too, in their order.</param>
/// <param name="CommandLine">The kernel's command line; null when the image has none.</param>
/// <param name="OsRelease">The text of the os-release file; null when the image has none.</param>
/// <param name="KernelRelease">The kernel's release: the section <c>.uname</c>, else what the kernel says; null when neither does.</param>
public sealed record UnifiedKernel(
    Architecture Architecture,
    IReadOnlyList<UnifiedKernelSection> Sections,
    string? CommandLine,
    string? OsRelease,
    string? KernelRelease);

/// <summary>A section of a unified kernel image.</summary>
/// <param name="Name">Its name, such as <c>.linux</c>.</param>
/// <param name="Offset">Where it begins in the file, in bytes.</param>
/// <param name="Size">Its size in bytes.</param>
public readonly record struct UnifiedKernelSection(string Name, long Offset, long Size);
