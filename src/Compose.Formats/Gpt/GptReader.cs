using System.Buffers.Binary;
using System.Globalization;
using Compose.Diagnostics;

namespace Compose.Formats.Gpt;

/// <summary>
/// Reads GUID partition tables (UEFI 2.10, chapter 5). Both copies are checked, each with the sums of its header and of its
/// entries; where one is damaged, it is reported and the other is used. What is read may come from strangers: every number
/// is checked against the disk before it is used.
/// </summary>
public static class GptReader
{
    private static readonly int[] SectorSizes = [512, 4096];

    /// <summary>Whether something looks like a disk with a GUID partition table: one of the copies has its signature.</summary>
    public static bool IsDisk(DiskRegion disk) => FindSectorSize(disk) is not null;

    /// <summary>Reads the table.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="reporter">Told of everything that is wrong with the table.</param>
    /// <exception cref="DiagnosticException">COMPOSE4110: neither copy can be used.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public static GptDisk Read(DiskRegion disk, string name, IDiagnosticReporter reporter)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(reporter);
        if (FindSectorSize(disk) is not { } sectorSize)
        {
            throw new DiagnosticException(FormatDiagnostics.NoPartitionTable.Create(
                $"'{name}' has no GUID partition table: neither its second sector nor its last one begins with 'EFI PART'.", name));
        }

        var sectors = disk.Length / sectorSize;
        CheckProtectiveMbr(disk, name, reporter);
        var primary = GptTableCopy.Read(disk, sectorSize, lba: 1, out var primaryFault);

        // The backup is at the end. On a disk that became larger only the first copy knows where it was.
        var backupLba = primary is { OtherLba: > 1 } && primary.OtherLba < (ulong)sectors ? (long)primary.OtherLba : sectors - 1;
        var backup = GptTableCopy.Read(disk, sectorSize, backupLba, out var backupFault);
        if (primary is null && backup is null)
        {
            throw new DiagnosticException(FormatDiagnostics.NoPartitionTable.Create(
                $"The partition table of '{name}' cannot be read: {primaryFault}; and of its backup, {backupFault}.", name));
        }

        if (primaryFault is not null || backupFault is not null)
        {
            Damaged(primaryFault is null ? $"the backup at sector {backupLba}: {backupFault}" : $"the first copy: {primaryFault}");
        }
        else if (!primary!.IsSameAs(backup!))
        {
            Damaged("the two copies do not say the same");
        }
        else if (backupLba != sectors - 1)
        {
            Damaged($"the backup is at sector {backupLba} and belongs to the last one, {sectors - 1}");
        }

        var table = primary ?? backup!;
        if (table.LastUsable >= (ulong)sectors)
        {
            Damaged($"it was made for a disk of at least {table.LastUsable + 1} sectors, and this one has {sectors}");
        }

        return new GptDisk(table.DiskId, sectorSize, ReadPartitions(table, sectorSize, sectors, name, reporter));

        void Damaged(string reason) =>
            reporter.Report(FormatDiagnostics.DamagedPartitionTable.Create($"The partition table of '{name}' is damaged: {reason}.", name));
    }

    private static int? FindSectorSize(DiskRegion disk)
    {
        Span<byte> start = stackalloc byte[8];
        foreach (var size in SectorSizes)
        {
            var last = ((disk.Length / size) - 1) * size;
            if (IsSigned(disk, size, start) || (last > size && IsSigned(disk, last, start)))
            {
                return size;
            }
        }

        return null;
    }

    private static bool IsSigned(DiskRegion disk, long position, Span<byte> buffer) =>
        disk.ReadAvailable(position, buffer) == buffer.Length && buffer.SequenceEqual(GptTableCopy.Signature);

    private static void CheckProtectiveMbr(DiskRegion disk, string name, IDiagnosticReporter reporter)
    {
        const int Records = 446;
        const int RecordSize = 16;
        const byte ProtectiveType = 0xEE;

        Span<byte> mbr = stackalloc byte[512];
        disk.ReadExactly(0, mbr);
        var isProtected = mbr[510] == 0x55 && mbr[511] == 0xAA;
        var hasRecord = false;
        for (var i = 0; i < 4; i++)
        {
            hasRecord |= mbr[Records + (i * RecordSize) + 4] == ProtectiveType;
        }

        if (!isProtected || !hasRecord)
        {
            reporter.Report(FormatDiagnostics.DamagedPartitionTable.Create(
                $"The partition table of '{name}' is damaged: the protective MBR in the first sector is missing, so that old tools take the disk for an empty one.", name));
        }
    }

    private static List<GptDiskPartition> ReadPartitions(
        GptTableCopy table, int sectorSize, long sectors, string name, IDiagnosticReporter reporter)
    {
        var partitions = new List<GptDiskPartition>();
        var ids = new Dictionary<Guid, int>();
        for (var i = 0; i < table.EntryCount; i++)
        {
            var entry = table.Entry(i);
            if (entry[..16].IndexOfAnyExcept((byte)0) < 0)
            {
                continue;
            }

            var number = i + 1;
            var first = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            var last = BinaryPrimitives.ReadUInt64LittleEndian(entry[40..]);
            if (first > last || first < table.FirstUsable || last > table.LastUsable || last >= (ulong)sectors)
            {
                Wrong($"the partition {number} is said to take the sectors {first} to {last}, and there are those from {table.FirstUsable} to {Math.Min(table.LastUsable, (ulong)sectors - 1)}");
                continue;
            }

            var partition = ReadDescription(entry);
            if (!ids.TryAdd(partition.Id, number))
            {
                Wrong($"the partitions {ids[partition.Id]} and {number} have the same UUID {partition.Id}");
            }

            partitions.Add(new GptDiskPartition(number, partition, (long)first * sectorSize, (long)(last - first + 1) * sectorSize));
        }

        CheckOverlaps(partitions, Wrong);
        return partitions;

        void Wrong(string reason) =>
            reporter.Report(FormatDiagnostics.WrongPartitionEntry.Create($"The partition table of '{name}' is wrong: {reason}.", name));
    }

    private static GptPartition ReadDescription(ReadOnlySpan<byte> entry)
    {
        Span<char> label = stackalloc char[GptPartition.MaximumLabelLength];
        var length = 0;
        while (length < label.Length && BinaryPrimitives.ReadUInt16LittleEndian(entry[(56 + (2 * length))..]) is not 0 and var unit)
        {
            label[length++] = (char)unit;
        }

        return new GptPartition(
            label[..length].ToString(),
            new Guid(entry[..16]),
            new Guid(entry.Slice(16, 16)),
            (GptPartitionAttributes)BinaryPrimitives.ReadUInt64LittleEndian(entry[48..]));
    }

    private static void CheckOverlaps(List<GptDiskPartition> partitions, Action<string> report)
    {
        GptDiskPartition? farthest = null;
        foreach (var partition in partitions.OrderBy(partition => partition.Offset).ThenBy(partition => partition.Number))
        {
            if (farthest is not null && partition.Offset < farthest.Offset + farthest.Size)
            {
                report(string.Create(CultureInfo.InvariantCulture, $"the partitions {farthest.Number} and {partition.Number} overlap"));
            }

            if (farthest is null || partition.Offset + partition.Size > farthest.Offset + farthest.Size)
            {
                farthest = partition;
            }
        }
    }
}
