namespace Compose.Formats.Gpt;

/// <summary>Attribute bits of a GPT entry (UEFI 2.10, 5.3.3, and the Discoverable Partitions Specification).</summary>
[Flags]
public enum GptPartitionAttributes : ulong
{
    /// <summary>No attribute.</summary>
    None = 0,

    /// <summary>Bit 59: the file system is grown to the size of the partition when it is mounted.</summary>
    GrowFileSystem = 1UL << 59,

    /// <summary>Bit 60: the partition is mounted read-only. Set on verity data and hash partitions.</summary>
    ReadOnly = 1UL << 60,

    /// <summary>Bit 63: the partition is not mounted automatically.</summary>
    NoAuto = 1UL << 63,
}

/// <summary>What a GPT entry says of a partition, besides its place.</summary>
/// <param name="Label">The partition's name: at most 36 UTF-16 code units.</param>
/// <param name="Type">The partition type; see <see cref="PartitionTypes"/>.</param>
/// <param name="Id">The partition's own GUID (PARTUUID), unique on the disk.</param>
/// <param name="Attributes">The attribute bits.</param>
public sealed record GptPartition(
    string Label,
    Guid Type,
    Guid Id,
    GptPartitionAttributes Attributes = GptPartitionAttributes.None)
{
    /// <summary>The longest label, in UTF-16 code units.</summary>
    public const int MaximumLabelLength = 36;
}
