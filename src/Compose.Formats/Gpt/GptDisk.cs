namespace Compose.Formats.Gpt;

/// <summary>A GUID partition table that was read from a disk.</summary>
/// <param name="Id">The disk's GUID.</param>
/// <param name="SectorSize">The size of its sectors in bytes: 512 or 4096.</param>
/// <param name="Partitions">The partitions that lie on the disk, in the order of their numbers.</param>
public sealed record GptDisk(Guid Id, int SectorSize, IReadOnlyList<GptDiskPartition> Partitions);

/// <summary>A partition of a disk.</summary>
/// <param name="Number">Its number: the place of its entry in the table, from 1.</param>
/// <param name="Description">What its entry says besides its place.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record GptDiskPartition(int Number, GptPartition Description, long Offset, long Size);
