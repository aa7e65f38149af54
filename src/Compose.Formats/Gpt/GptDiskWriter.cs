using Compose.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Compose.Formats.Gpt;

/// <summary>
/// Writes a disk image with a GUID partition table (UEFI 2.10, chapter 5): protective MBR, table, partitions, and the
/// backup table in the last sectors. Sectors have 512 bytes. Free space and zeros stay holes in the file.
/// </summary>
/// <remarks>
/// Add the partitions in the order of the disk, write their contents, in any order and from several threads where the sizes
/// are given, then call <see cref="Complete"/>. The file is the caller's: to close it, and to rename it when all went well.
/// </remarks>
public sealed class GptDiskWriter
{
    /// <summary>The size of a sector in bytes.</summary>
    public const int SectorSize = GptTable.SectorSize;

    /// <summary>The usual alignment of partitions: 2 MiB, a multiple of the erase blocks of most flash memories.</summary>
    public const int DefaultAlignment = 2 * 1024 * 1024;

    /// <summary>Sizes of partitions are multiples of this: verity and most file systems work in blocks of 4 KiB.</summary>
    internal const int SizeGrain = 4096;

    private readonly SafeFileHandle _disk;
    private readonly Guid _diskId;
    private readonly int _alignment;
    private readonly long _firstOffset;
    private readonly List<GptPartitionSlot> _slots = [];

    /// <summary>Starts a disk in an empty file.</summary>
    /// <param name="disk">An empty file, open for reading and writing. Only this writer may write to it.</param>
    /// <param name="diskId">The disk's GUID.</param>
    /// <param name="alignment">Where partitions start: multiples of this many bytes, itself a power of two from 4 KiB.</param>
    /// <param name="firstOffset">Where the first partition starts at the earliest, in bytes.</param>
    /// <exception cref="ArgumentException">The file is not empty, or the alignment is not allowed.</exception>
    public GptDiskWriter(SafeFileHandle disk, Guid diskId, int alignment = DefaultAlignment, long firstOffset = 0)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (!int.IsPow2(alignment) || alignment < SizeGrain)
        {
            throw new ArgumentException("The alignment must be a power of two and at least 4 KiB.", nameof(alignment));
        }

        if (RandomAccess.GetLength(disk) != 0)
        {
            throw new ArgumentException("The file must be empty: holes are read as zeros.", nameof(disk));
        }

        _disk = disk;
        _diskId = diskId;
        _alignment = alignment;
        _firstOffset = Math.Max(firstOffset, GptTable.FirstUsableLba * SectorSize);
    }

    /// <summary>Adds a partition of a given size behind the others.</summary>
    /// <param name="partition">Its description; <see cref="GptPartitionSlot.Partition"/> may replace it later.</param>
    /// <param name="size">Its size in bytes, rounded up to 4 KiB.</param>
    /// <exception cref="DiagnosticException">COMPOSE4102: there are 128 partitions already.</exception>
    /// <exception cref="InvalidOperationException">The partition before has no size yet.</exception>
    public GptPartitionSlot Add(GptPartition partition, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return Append(partition, RoundUp(size, SizeGrain));
    }

    /// <summary>
    /// Adds a partition behind the others that becomes as large as what is written to it, rounded up to 4 KiB. Its stream
    /// must be closed before the next partition is added.
    /// </summary>
    /// <param name="partition">Its description; <see cref="GptPartitionSlot.Partition"/> may replace it later.</param>
    /// <exception cref="DiagnosticException">COMPOSE4102: there are 128 partitions already.</exception>
    /// <exception cref="InvalidOperationException">The partition before has no size yet.</exception>
    public GptPartitionSlot AddSizedByContent(GptPartition partition) => Append(partition, size: null);

    /// <summary>Writes the table and its backup, and gives the file its length.</summary>
    /// <param name="minimumSize">The disk is at least this many bytes: room for a partition made later, for instance.</param>
    /// <returns>The disk's size in bytes.</returns>
    /// <exception cref="DiagnosticException">COMPOSE4102: a label is too long, or two partitions have the same GUID.</exception>
    /// <exception cref="InvalidOperationException">A partition's stream is still open, or it never got a size.</exception>
    public long Complete(long minimumSize = 0)
    {
        var entries = new GptEntry[_slots.Count];
        var ids = new Dictionary<Guid, string>();
        for (var i = 0; i < entries.Length; i++)
        {
            var slot = _slots[i];
            var partition = slot.Partition;
            Check(partition, ids);
            if (slot.IsOpen || slot.Size is not { } size)
            {
                throw new InvalidOperationException($"The content of the partition '{partition.Label}' is not complete.");
            }

            entries[i] = new GptEntry(partition, slot.Offset / SectorSize, ((slot.Offset + size) / SectorSize) - 1);
        }

        var length = RoundUp(Math.Max(NextOffset() + (GptTable.BackupSectors * SectorSize), minimumSize), _alignment);
        var sectors = length / SectorSize;
        RandomAccess.SetLength(_disk, length);
        RandomAccess.Write(_disk, GptTable.Primary(_diskId, sectors, entries), 0);
        var backup = GptTable.Backup(_diskId, sectors, entries);
        RandomAccess.Write(_disk, backup, length - backup.Length);
        return length;
    }

    private static void Check(GptPartition partition, Dictionary<Guid, string> ids)
    {
        var reason =
            partition.Label.Length > GptPartition.MaximumLabelLength
                ? $"its label has more than {GptPartition.MaximumLabelLength} characters"
            : partition.Type == Guid.Empty ? "its type is the empty GUID, which marks an unused entry"
            : partition.Id == Guid.Empty ? "it has no GUID"
            : !ids.TryAdd(partition.Id, partition.Label) ? $"it has the same GUID as '{ids[partition.Id]}', {partition.Id}"
            : null;
        if (reason is not null)
        {
            throw new DiagnosticException(FormatDiagnostics.InvalidPartition.Create(
                $"The partition '{partition.Label}' cannot be written: {reason}.", partition.Label));
        }
    }

    private GptPartitionSlot Append(GptPartition partition, long? size)
    {
        ArgumentNullException.ThrowIfNull(partition);
        if (_slots.Count == GptTable.EntryCount)
        {
            throw new DiagnosticException(FormatDiagnostics.InvalidPartition.Create(
                $"The partition '{partition.Label}' cannot be written: the table holds {GptTable.EntryCount} partitions and is full.",
                partition.Label));
        }

        var slot = new GptPartitionSlot(_disk, partition, RoundUp(NextOffset(), _alignment), size);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>The offset behind the last partition, or behind the primary table.</summary>
    private long NextOffset()
    {
        if (_slots is not [.., var last])
        {
            return _firstOffset;
        }

        return last.Size is { } size
            ? last.Offset + size
            : throw new InvalidOperationException($"The content of the partition '{last.Partition.Label}' is not complete.");
    }

    internal static long RoundUp(long value, int grain) => (value + grain - 1) / grain * grain;
}
