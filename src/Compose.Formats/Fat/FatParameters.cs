using System.Buffers.Binary;
using System.Text;
using Compose.Diagnostics;

namespace Compose.Formats.Fat;

/// <summary>What the boot sector of a volume that was read says, checked against the volume's place.</summary>
internal sealed record FatParameters
{
    private const int BootSectorSize = 512;

    public required int Bits { get; init; }

    public required int SectorSize { get; init; }

    public required int ClusterSize { get; init; }

    public required long Size { get; init; }

    public required int Copies { get; init; }

    public required long TableOffset { get; init; }

    public required long TableSize { get; init; }

    /// <summary>The root directory's place where it has no clusters of its own: not for FAT32.</summary>
    public required long RootOffset { get; init; }

    public required int RootSize { get; init; }

    /// <summary>The root directory's first cluster; FAT32 only.</summary>
    public required uint RootCluster { get; init; }

    public required long DataOffset { get; init; }

    /// <summary>The number of clusters; they have the numbers from 2 on.</summary>
    public required uint Clusters { get; init; }

    public required uint VolumeId { get; init; }

    public required string Label { get; init; }

    /// <summary>Whether bytes can be the start of a volume: a jump, and the mark at the sector's end.</summary>
    public static bool IsFat(ReadOnlySpan<byte> sector) =>
        sector.Length >= BootSectorSize && sector[510] == 0x55 && sector[511] == 0xAA && sector[0] is 0xEB or 0xE9
        && (sector[82..].StartsWith("FAT32"u8) || sector[54..].StartsWith("FAT"u8));

    /// <summary>Reads the boot sector.</summary>
    /// <exception cref="DiagnosticException">COMPOSE4210: it is none, or says what cannot be.</exception>
    public static FatParameters Read(DiskRegion volume, string name)
    {
        Span<byte> sector = stackalloc byte[BootSectorSize];
        if (volume.ReadAvailable(0, sector) < BootSectorSize || sector[510] != 0x55 || sector[511] != 0xAA)
        {
            throw Refuse(name, "its first sector is no boot sector");
        }

        int sectorSize = Word(sector, 11);
        int sectorsPerCluster = sector[13];
        int reserved = Word(sector, 14);
        int copies = sector[16];
        int rootEntries = Word(sector, 17);
        long sectors = Word(sector, 19) is not 0 and var small ? small : Long(sector, 32);
        var is32 = Word(sector, 22) == 0;
        long tableSectors = is32 ? Long(sector, 36) : Word(sector, 22);
        if (sectorSize is not (512 or 1024 or 2048 or 4096) || !int.IsPow2(sectorsPerCluster) || reserved == 0
            || copies is < 1 or > 4 || tableSectors == 0 || (is32 && rootEntries != 0))
        {
            throw Refuse(name, $"it has sectors of {sectorSize} bytes, clusters of {sectorsPerCluster} sectors, and {copies} tables of {tableSectors} sectors, which cannot be");
        }

        if (sectors * sectorSize > volume.Length)
        {
            throw Refuse(name, $"it should have {sectors * sectorSize} bytes and has {volume.Length}");
        }

        var rootSize = rootEntries * FatDirectory.EntrySize;
        var rootOffset = (reserved + (copies * tableSectors)) * sectorSize;
        var dataOffset = rootOffset + ((rootSize + sectorSize - 1) / sectorSize * sectorSize);
        var clusters = ((sectors * sectorSize) - dataOffset) / (sectorsPerCluster * sectorSize);
        var bits = is32 ? 32 : clusters < 4085 ? 12 : 16;
        if (clusters <= 0 || (clusters + 2) * bits > tableSectors * sectorSize * 8 || clusters > (bits == 32 ? 0x0FFF_FFF5 : 0xFFF5))
        {
            throw Refuse(name, $"its {clusters} clusters do not fit its table of {tableSectors} sectors");
        }

        var extended = is32 ? 64 : 36;
        var isExtended = sector[extended + 2] == 0x29;
        return new FatParameters
        {
            Bits = bits,
            SectorSize = sectorSize,
            ClusterSize = sectorsPerCluster * sectorSize,
            Size = sectors * sectorSize,
            Copies = copies,
            TableOffset = (long)reserved * sectorSize,
            TableSize = tableSectors * sectorSize,
            RootOffset = rootOffset,
            RootSize = rootSize,
            RootCluster = is32 ? Long(sector, 44) : 0,
            DataOffset = dataOffset,
            Clusters = (uint)clusters,
            VolumeId = isExtended ? Long(sector, extended + 3) : 0,
            Label = isExtended ? Encoding.Latin1.GetString(sector.Slice(extended + 7, FatShortNames.Length)).TrimEnd() : string.Empty,
        };
    }

    public static DiagnosticException Refuse(string name, string reason) =>
        new(FormatDiagnostics.NotFat.Create($"The FAT volume '{name}' cannot be read: {reason}.", name));

    private static ushort Word(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint Long(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}
