using Compose.FileTrees;

namespace Compose.Formats.Fat;

/// <summary>A FAT volume that was read. Contents can be read as long as the disk's file is open.</summary>
/// <param name="Bits">The bits of a number in its table: 12, 16 or 32.</param>
/// <param name="VolumeId">The serial number; 0 when it has none.</param>
/// <param name="Label">The label; empty when it has none.</param>
/// <param name="Size">Its size in bytes, by its own account.</param>
/// <param name="ClusterSize">The size of a cluster in bytes.</param>
/// <param name="UsedBytes">The bytes of the clusters that files and directories take.</param>
/// <param name="Files">What it holds.</param>
public sealed record FatVolume(int Bits, uint VolumeId, string Label, long Size, int ClusterSize, long UsedBytes, FileTree Files);
