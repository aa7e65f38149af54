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

    /// <summary>Neither copy of a disk's partition table can be used.</summary>
    public static readonly DiagnosticDescriptor NoPartitionTable =
        new("COMPOSE4110", DiagnosticSeverity.Error, "A disk has no partition table that can be read");

    /// <summary>A copy of a disk's partition table is damaged, or not where it belongs.</summary>
    public static readonly DiagnosticDescriptor DamagedPartitionTable =
        new("COMPOSE4111", DiagnosticSeverity.Error, "A disk's partition table is damaged");

    /// <summary>An entry of a partition table cannot be true.</summary>
    public static readonly DiagnosticDescriptor WrongPartitionEntry =
        new("COMPOSE4112", DiagnosticSeverity.Error, "A partition's entry is wrong");

    /// <summary>The files need more space than the FAT volume has, or the volume is too small to be FAT32.</summary>
    public static readonly DiagnosticDescriptor VolumeTooSmall =
        new("COMPOSE4201", DiagnosticSeverity.Error, "The FAT volume is too small");

    /// <summary>A file that FAT cannot hold: a link, a device, a name it has no characters for, or too large.</summary>
    public static readonly DiagnosticDescriptor NotForFat =
        new("COMPOSE4202", DiagnosticSeverity.Error, "The file cannot be on a FAT volume");

    /// <summary>What is opened is no FAT volume, or one that cannot be read.</summary>
    public static readonly DiagnosticDescriptor NotFat =
        new("COMPOSE4210", DiagnosticSeverity.Error, "The FAT volume cannot be read");

    /// <summary>A part of a FAT volume is damaged.</summary>
    public static readonly DiagnosticDescriptor DamagedFat =
        new("COMPOSE4211", DiagnosticSeverity.Error, "A FAT volume is damaged");

    /// <summary>A PE file (stub or kernel) is damaged or not of the expected kind.</summary>
    public static readonly DiagnosticDescriptor InvalidPortableExecutable =
        new("COMPOSE4301", DiagnosticSeverity.Error, "The PE file is not usable");

    /// <summary>The parts of a unified kernel image do not fit together.</summary>
    public static readonly DiagnosticDescriptor InvalidUnifiedKernel =
        new("COMPOSE4302", DiagnosticSeverity.Error, "The unified kernel image cannot be assembled");

    /// <summary>A unified kernel image lacks a section, or has one that cannot be used.</summary>
    public static readonly DiagnosticDescriptor IncompleteUnifiedKernel =
        new("COMPOSE4310", DiagnosticSeverity.Error, "A unified kernel image is incomplete");

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

    /// <summary>A verity hash partition cannot be used.</summary>
    public static readonly DiagnosticDescriptor UnusableVerity =
        new("COMPOSE4701", DiagnosticSeverity.Error, "A verity hash tree cannot be used");

    /// <summary>Data, or hashes of them, are not those that the root hash vouches for.</summary>
    public static readonly DiagnosticDescriptor VerityMismatch =
        new("COMPOSE4702", DiagnosticSeverity.Error, "Data do not have the hashes that dm-verity expects");

    /// <summary>The signature of a root hash cannot be read.</summary>
    public static readonly DiagnosticDescriptor UnusableSignature =
        new("COMPOSE4710", DiagnosticSeverity.Error, "A verity signature cannot be read");

    /// <summary>The signature of a root hash is wrong.</summary>
    public static readonly DiagnosticDescriptor WrongSignature =
        new("COMPOSE4711", DiagnosticSeverity.Error, "A verity signature is wrong");
}
