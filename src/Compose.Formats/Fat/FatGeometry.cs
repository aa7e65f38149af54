using System.Globalization;
using Compose.Diagnostics;

namespace Compose.Formats.Fat;

/// <summary>Where things are on a FAT32 volume, in sectors of 512 bytes.</summary>
internal sealed record FatGeometry
{
    public const int SectorSize = 512;
    public const int FatCopies = 2;

    /// <summary>The number of the first cluster of the data area.</summary>
    public const uint FirstCluster = 2;

    /// <summary>With fewer clusters a volume is FAT16, whatever else it says (Microsoft's specification, "FAT type").</summary>
    public const int MinimumClusters = 65525;

    /// <summary>Larger cluster numbers have a meaning of their own.</summary>
    private const uint MaximumClusters = 0x0FFF_FFF5;

    /// <summary>Boot sector, FSInfo and their copies need 8; 32 are usual.</summary>
    private const int MinimumReservedSectors = 32;

    /// <summary>The data area starts at a multiple of 4 KiB: the grain of flash memory and of holes in files.</summary>
    private const int DataAlignment = 8;

    private const long GiB = 1L << 30;

    private FatGeometry(long sectors, int sectorsPerCluster, int reservedSectors, long fatSectors)
    {
        Sectors = (uint)sectors;
        SectorsPerCluster = sectorsPerCluster;
        ReservedSectors = reservedSectors;
        FatSectors = (uint)fatSectors;
        Clusters = Math.Max(0, (sectors - DataStart) / sectorsPerCluster);
    }

    public uint Sectors { get; }

    public int SectorsPerCluster { get; }

    public int ReservedSectors { get; }

    /// <summary>The sectors of one copy of the table.</summary>
    public uint FatSectors { get; }

    public long Clusters { get; }

    public int ClusterSize => SectorsPerCluster * SectorSize;

    /// <summary>The first sector of the data area.</summary>
    public long DataStart => ReservedSectors + (FatCopies * (long)FatSectors);

    /// <summary>The offset of a cluster in bytes.</summary>
    public long OffsetOf(long cluster) => (DataStart + ((cluster - FirstCluster) * SectorsPerCluster)) * SectorSize;

    /// <summary>Lays out a volume of a size.</summary>
    /// <exception cref="DiagnosticException">COMPOSE4201: it is too small for FAT32.</exception>
    public static FatGeometry For(long size)
    {
        if (size % SectorSize != 0 || size / SectorSize > uint.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A FAT volume has whole sectors of 512 bytes, and fewer than 2^32 of them.");
        }

        // The cluster sizes that Microsoft's formatter chooses; below 260 MiB only single sectors make enough clusters.
        var geometry = WithClusters(size / SectorSize, size switch
        {
            <= 260L << 20 => 1,
            <= 8 * GiB => 8,
            <= 16 * GiB => 16,
            <= 32 * GiB => 32,
            _ => 64,
        });
        if (geometry.Clusters < MinimumClusters)
        {
            throw new DiagnosticException(FormatDiagnostics.VolumeTooSmall.Create(string.Create(
                CultureInfo.InvariantCulture,
                $"A FAT32 volume of {size} bytes has only {geometry.Clusters} clusters, and needs {MinimumClusters}. Make it at least 34 MiB.")));
        }

        return geometry;
    }

    private static FatGeometry WithClusters(long sectors, int sectorsPerCluster)
    {
        const int EntriesPerSector = SectorSize / sizeof(uint);

        // A table for more clusters than there are in the end does no harm.
        var clusters = Math.Min((sectors - MinimumReservedSectors) / sectorsPerCluster, MaximumClusters);
        var fatSectors = (Math.Max(0, clusters) + FirstCluster + EntriesPerSector - 1) / EntriesPerSector;
        var unaligned = (MinimumReservedSectors + (FatCopies * fatSectors)) % DataAlignment;
        var reserved = MinimumReservedSectors + (int)(unaligned == 0 ? 0 : DataAlignment - unaligned);
        return new FatGeometry(sectors, sectorsPerCluster, reserved, fatSectors);
    }
}
