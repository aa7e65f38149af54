using System.Buffers.Binary;
using System.IO.Hashing;

namespace Compose.Formats.Gpt;

/// <summary>A partition's entry with its place: LBAs, both inclusive.</summary>
internal readonly record struct GptEntry(GptPartition Partition, long FirstLba, long LastLba);

/// <summary>The bytes of a GUID partition table: protective MBR, headers and entries (UEFI 2.10, chapter 5).</summary>
internal static class GptTable
{
    public const int SectorSize = 512;
    public const int EntryCount = 128;
    public const int EntrySize = 128;
    public const int EntrySectors = EntryCount * EntrySize / SectorSize;

    /// <summary>The first LBA behind MBR, header and entries.</summary>
    public const int FirstUsableLba = 2 + EntrySectors;

    /// <summary>The sectors that the backup takes at the end: entries, then the header in the last one.</summary>
    public const int BackupSectors = EntrySectors + 1;

    private const int HeaderSize = 92;

    /// <summary>The sectors from LBA 0: protective MBR, primary header, entries.</summary>
    public static byte[] Primary(Guid disk, long sectors, ReadOnlySpan<GptEntry> entries)
    {
        var bytes = new byte[FirstUsableLba * SectorSize];
        WriteProtectiveMbr(bytes.AsSpan(0, SectorSize), sectors);
        var table = bytes.AsSpan(2 * SectorSize);
        WriteEntries(table, entries);
        WriteHeader(bytes.AsSpan(SectorSize, SectorSize), disk, sectors, ownLba: 1, otherLba: sectors - 1, entriesLba: 2, table);
        return bytes;
    }

    /// <summary>The last <see cref="BackupSectors"/> sectors: entries, then the backup header.</summary>
    public static byte[] Backup(Guid disk, long sectors, ReadOnlySpan<GptEntry> entries)
    {
        var bytes = new byte[BackupSectors * SectorSize];
        var table = bytes.AsSpan(0, EntrySectors * SectorSize);
        WriteEntries(table, entries);
        var header = bytes.AsSpan(EntrySectors * SectorSize);
        WriteHeader(header, disk, sectors, ownLba: sectors - 1, otherLba: 1, entriesLba: sectors - BackupSectors, table);
        return bytes;
    }

    private static void WriteProtectiveMbr(Span<byte> mbr, long sectors)
    {
        var record = mbr[446..];
        record[2] = 0x02; // The CHS address of LBA 1: head 0, sector 2, cylinder 0.
        record[4] = 0xEE;
        WriteLastChs(record[5..8], sectors - 1);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)Math.Min(sectors - 1, uint.MaxValue));
        mbr[510] = 0x55;
        mbr[511] = 0xAA;
    }

    /// <summary>The CHS address with 255 heads and 63 sectors a track, or all ones when there is none.</summary>
    private static void WriteLastChs(Span<byte> chs, long lba)
    {
        const int Heads = 255;
        const int SectorsPerTrack = 63;
        const int MaximumCylinder = 1023;

        var cylinder = lba / (Heads * SectorsPerTrack);
        if (cylinder > MaximumCylinder)
        {
            chs.Fill(0xFF);
            return;
        }

        chs[0] = (byte)(lba / SectorsPerTrack % Heads);
        chs[1] = (byte)((lba % SectorsPerTrack) + 1 | (cylinder >> 2) & 0xC0);
        chs[2] = (byte)cylinder;
    }

    private static void WriteHeader(
        Span<byte> header, Guid disk, long sectors, long ownLba, long otherLba, long entriesLba, ReadOnlySpan<byte> table)
    {
        "EFI PART"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 0x0001_0000);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], HeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], ownLba);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], otherLba);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], FirstUsableLba);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], sectors - BackupSectors - 1);
        disk.TryWriteBytes(header[56..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], entriesLba);
        BinaryPrimitives.WriteUInt32LittleEndian(header[80..], EntryCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header[84..], EntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[88..], Crc32.HashToUInt32(table));

        // The header's own sum is taken with its field at zero, as it still is.
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.HashToUInt32(header[..HeaderSize]));
    }

    private static void WriteEntries(Span<byte> table, ReadOnlySpan<GptEntry> entries)
    {
        foreach (ref readonly var entry in entries)
        {
            // .NET lays a Guid out with its first three fields in little-endian order, as UEFI does.
            entry.Partition.Type.TryWriteBytes(table);
            entry.Partition.Id.TryWriteBytes(table[16..]);
            BinaryPrimitives.WriteInt64LittleEndian(table[32..], entry.FirstLba);
            BinaryPrimitives.WriteInt64LittleEndian(table[40..], entry.LastLba);
            BinaryPrimitives.WriteUInt64LittleEndian(table[48..], (ulong)entry.Partition.Attributes);
            for (var i = 0; i < entry.Partition.Label.Length; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(table[(56 + (2 * i))..], entry.Partition.Label[i]);
            }

            table = table[EntrySize..];
        }
    }
}
