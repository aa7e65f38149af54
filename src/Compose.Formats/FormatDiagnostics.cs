using Compose.Diagnostics;

namespace Compose.Formats;

/// <summary>What can be wrong with the inputs of the disk, archive and boot formats.</summary>
public static class FormatDiagnostics
{
    /// <summary>A partition's content is larger than the partition.</summary>
    public static readonly DiagnosticDescriptor PartitionTooSmall =
        new("COMPOSE4101", DiagnosticSeverity.Error, "The content does not fit its partition");

    /// <summary>A partition's description cannot be written to a GPT.</summary>
    public static readonly DiagnosticDescriptor InvalidPartition =
        new("COMPOSE4102", DiagnosticSeverity.Error, "The partition cannot be described by a GPT");

    /// <summary>The files need more space than the FAT volume has, or the volume is too small to be FAT32.</summary>
    public static readonly DiagnosticDescriptor VolumeTooSmall =
        new("COMPOSE4201", DiagnosticSeverity.Error, "The FAT volume is too small");

    /// <summary>A file that FAT cannot hold: a link, a device, a name it has no characters for, or too large.</summary>
    public static readonly DiagnosticDescriptor NotForFat =
        new("COMPOSE4202", DiagnosticSeverity.Error, "The file cannot be on a FAT volume");

    /// <summary>A PE file (stub or kernel) is damaged or not of the expected kind.</summary>
    public static readonly DiagnosticDescriptor InvalidPortableExecutable =
        new("COMPOSE4301", DiagnosticSeverity.Error, "The PE file is not usable");

    /// <summary>The parts of a unified kernel image do not fit together.</summary>
    public static readonly DiagnosticDescriptor InvalidUnifiedKernel =
        new("COMPOSE4302", DiagnosticSeverity.Error, "The unified kernel image cannot be assembled");

    /// <summary>A file that a cpio archive in the new ASCII format cannot hold.</summary>
    public static readonly DiagnosticDescriptor NotForCpio =
        new("COMPOSE4401", DiagnosticSeverity.Error, "The file cannot be in a cpio archive");

    /// <summary>An ELF file is damaged.</summary>
    public static readonly DiagnosticDescriptor InvalidElf =
        new("COMPOSE4501", DiagnosticSeverity.Error, "The ELF file is damaged");

    /// <summary>A kernel module is named that the kernel does not have.</summary>
    public static readonly DiagnosticDescriptor UnknownKernelModule =
        new("COMPOSE4601", DiagnosticSeverity.Error, "The kernel has no such module");

    /// <summary>The kernel modules cannot be indexed.</summary>
    public static readonly DiagnosticDescriptor InvalidKernelModules =
        new("COMPOSE4602", DiagnosticSeverity.Error, "The kernel modules cannot be indexed");
}
