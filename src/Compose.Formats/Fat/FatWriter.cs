using System.Buffers.Binary;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Fat;

/// <summary>
/// Writes FAT32 volumes (Microsoft's FAT specification 1.03) for EFI system partitions. Files lie in one piece, in the
/// tree's order; owners, modes and times of the tree are not kept, as FAT has no place for them.
/// </summary>
public static class FatWriter
{
    private const int BackupBootSector = 6;
    private const uint EndOfChain = 0x0FFF_FFFF;
    private const uint MediaEntry = 0x0FFF_FFF8;

    /// <summary>Writes a volume.</summary>
    /// <param name="tree">The files. Hard links are written as separate files.</param>
    /// <param name="options">Size, serial number, label and time.</param>
    /// <param name="output">
    /// Takes the volume from its position on. It must be seekable, and read as zeros where nothing was written: a new file, or
    /// a partition of a new disk.
    /// </param>
    /// <param name="cancellationToken">Ends the work with an exception.</param>
    /// <exception cref="DiagnosticException">
    /// COMPOSE4201: the volume is too small. COMPOSE4202: FAT cannot hold one of the files. Nothing was written then.
    /// </exception>
    /// <exception cref="ArgumentException">The label is not allowed.</exception>
    public static void Write(FileTree tree, FatOptions options, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        Check(options.Label);
        var geometry = FatGeometry.For(options.Size);
        var layout = FatLayout.Of(tree, geometry, options.Label.Length > 0);

        var start = output.Position;
        WriteReservedSectors(output, start, geometry, options, layout.UsedClusters);
        WriteTables(output, start, geometry, layout);
        WriteData(output, start, geometry, layout, options, cancellationToken);
        if (output.Length < start + options.Size)
        {
            output.SetLength(start + options.Size);
        }

        output.Position = start + options.Size;
    }

    private static void Check(string label)
    {
        if (label.Length > FatOptions.MaximumLabelLength
            || label.Any(value => value is not ((>= 'A' and <= 'Z') or (>= '0' and <= '9') or ' ' or '-' or '_'))
            || label.StartsWith(' '))
        {
            throw new ArgumentException(
                $"'{label}' is not a FAT volume label: at most {FatOptions.MaximumLabelLength} characters of A-Z, 0-9, space, '-' and '_'.",
                nameof(label));
        }
    }

    private static void WriteReservedSectors(Stream output, long start, FatGeometry geometry, FatOptions options, long usedClusters)
    {
        var sectors = new byte[2 * FatGeometry.SectorSize];
        WriteBootSector(sectors, geometry, options);
        WriteInfoSector(sectors.AsSpan(FatGeometry.SectorSize), geometry, usedClusters);
        output.Position = start;
        output.Write(sectors);
        output.Position = start + (BackupBootSector * FatGeometry.SectorSize);
        output.Write(sectors);
    }

    private static void WriteBootSector(Span<byte> sector, FatGeometry geometry, FatOptions options)
    {
        ReadOnlySpan<byte> jump = [0xEB, 0x58, 0x90];
        ReadOnlySpan<byte> haltForever = [0xF4, 0xEB, 0xFD];

        jump.CopyTo(sector);
        "MSWIN4.1"u8.CopyTo(sector[3..]); // The specification's advice: other names upset some drivers.
        BinaryPrimitives.WriteUInt16LittleEndian(sector[11..], FatGeometry.SectorSize);
        sector[13] = (byte)geometry.SectorsPerCluster;
        BinaryPrimitives.WriteUInt16LittleEndian(sector[14..], (ushort)geometry.ReservedSectors);
        sector[16] = FatGeometry.FatCopies;
        sector[21] = 0xF8; // A fixed disk.
        BinaryPrimitives.WriteUInt16LittleEndian(sector[24..], 63); // Sectors a track, and heads: only BIOS code asks.
        BinaryPrimitives.WriteUInt16LittleEndian(sector[26..], 255);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[32..], geometry.Sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[36..], geometry.FatSectors);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[44..], FatGeometry.FirstCluster);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[48..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[50..], BackupBootSector);
        sector[64] = 0x80;
        sector[66] = 0x29;
        BinaryPrimitives.WriteUInt32LittleEndian(sector[67..], options.VolumeId);
        var label = options.Label.Length == 0 ? "NO NAME" : options.Label;
        Encoding.ASCII.GetBytes(label.PadRight(FatOptions.MaximumLabelLength), sector[71..]);
        "FAT32   "u8.CopyTo(sector[82..]);
        haltForever.CopyTo(sector[90..]);
        sector[510] = 0x55;
        sector[511] = 0xAA;
    }

    private static void WriteInfoSector(Span<byte> sector, FatGeometry geometry, long usedClusters)
    {
        "RRaA"u8.CopyTo(sector);
        "rrAa"u8.CopyTo(sector[484..]);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[488..], (uint)(geometry.Clusters - usedClusters));

        // The hint where free clusters start; all ones when there is none.
        var next = usedClusters < geometry.Clusters ? (uint)(FatGeometry.FirstCluster + usedClusters) : uint.MaxValue;
        BinaryPrimitives.WriteUInt32LittleEndian(sector[492..], next);
        sector[510] = 0x55;
        sector[511] = 0xAA;
    }

    private static void WriteTables(Stream output, long start, FatGeometry geometry, FatLayout layout)
    {
        // Only the part in use is written; the rest reads as zeros, which is what free clusters are.
        var table = new byte[sizeof(uint) * (FatGeometry.FirstCluster + layout.UsedClusters)];
        BinaryPrimitives.WriteUInt32LittleEndian(table, MediaEntry);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(sizeof(uint)), EndOfChain);
        foreach (var node in layout.Nodes)
        {
            for (uint i = 0; i < node.ClusterCount; i++)
            {
                var cluster = node.FirstCluster + i;
                var next = i + 1 == node.ClusterCount ? EndOfChain : cluster + 1;
                BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan((int)cluster * sizeof(uint)), next);
            }
        }

        for (var copy = 0; copy < FatGeometry.FatCopies; copy++)
        {
            output.Position = start + ((geometry.ReservedSectors + (copy * (long)geometry.FatSectors)) * FatGeometry.SectorSize);
            output.Write(table);
        }
    }

    private static void WriteData(
        Stream output, long start, FatGeometry geometry, FatLayout layout, FatOptions options, CancellationToken cancellationToken)
    {
        var time = FatTime.From(options.Time);
        var parents = new Dictionary<FatNode, FatNode>();
        foreach (var node in layout.Nodes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (node.ClusterCount > 0)
            {
                output.Position = start + geometry.OffsetOf(node.FirstCluster);
            }

            if (node.Content is { } content)
            {
                content.CopyTo(output, cancellationToken);
                continue;
            }

            output.Write(FatDirectory.Encode(node, parents.GetValueOrDefault(node), options.Label, time));
            foreach (var child in node.Children.Where(child => child.IsDirectory))
            {
                parents.Add(child, node);
            }
        }
    }
}
