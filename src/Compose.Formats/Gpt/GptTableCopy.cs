using System.Buffers.Binary;
using System.IO.Hashing;

namespace Compose.Formats.Gpt;

/// <summary>One of the two copies of a GUID partition table, whose sums are right and whose numbers can be true.</summary>
internal sealed class GptTableCopy
{
    private const int HeaderSize = 92;
    private const int MinimumEntrySize = 128;

    /// <summary>The usual table has 16 KiB.</summary>
    private const int MaximumTableSize = 1024 * 1024;

    private readonly byte[] _header;
    private readonly byte[] _table;

    private GptTableCopy(byte[] header, byte[] table)
    {
        _header = header;
        _table = table;
    }

    /// <summary>What a header begins with.</summary>
    public static ReadOnlySpan<byte> Signature => "EFI PART"u8;

    public Guid DiskId => new(_header.AsSpan(56, 16));

    /// <summary>Where the other copy's header is.</summary>
    public ulong OtherLba => Number64(32);

    /// <summary>The first sector that a partition may take.</summary>
    public ulong FirstUsable => Number64(40);

    /// <summary>The last sector that a partition may take.</summary>
    public ulong LastUsable => Number64(48);

    public int EntryCount => (int)Number32(80);

    private int EntrySize => (int)Number32(84);

    /// <summary>Reads a copy.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="sectorSize">The size of its sectors in bytes.</param>
    /// <param name="lba">The sector of the copy's header.</param>
    /// <param name="fault">Why it cannot be used; null when it can.</param>
    /// <returns>Null when it cannot be used.</returns>
    public static GptTableCopy? Read(DiskRegion disk, int sectorSize, long lba, out string? fault)
    {
        var header = new byte[sectorSize];
        if (disk.ReadAvailable(lba * sectorSize, header) < sectorSize)
        {
            fault = $"the disk ends before sector {lba}";
            return null;
        }

        var copy = new GptTableCopy(header, []);
        fault = copy.CheckHeader(lba);
        if (fault is not null)
        {
            return null;
        }

        var size = (long)copy.EntryCount * copy.EntrySize;
        var sectors = (ulong)(disk.Length / sectorSize);
        var start = copy.Number64(72);
        if (start < 2 || start >= sectors || (ulong)size > (sectors - start) * (ulong)sectorSize)
        {
            fault = $"its entries are said to be at sector {start}, which is not on the disk";
            return null;
        }

        var table = new byte[size];
        if (disk.ReadAvailable((long)start * sectorSize, table) < size)
        {
            fault = "the disk ends in its entries";
            return null;
        }

        if (Crc32.HashToUInt32(table) != copy.Number32(88))
        {
            fault = "the sum of its entries is wrong";
            return null;
        }

        return new GptTableCopy(header, table);
    }

    public ReadOnlySpan<byte> Entry(int index) => _table.AsSpan(index * EntrySize, EntrySize);

    /// <summary>Whether both describe the same disk and partitions.</summary>
    public bool IsSameAs(GptTableCopy other) =>
        DiskId == other.DiskId && FirstUsable == other.FirstUsable && LastUsable == other.LastUsable
        && EntryCount == other.EntryCount && EntrySize == other.EntrySize && _table.AsSpan().SequenceEqual(other._table);

    private string? CheckHeader(long lba)
    {
        var size = Number32(12);
        if (!_header.AsSpan().StartsWith(Signature))
        {
            return "its signature 'EFI PART' is missing";
        }

        if (size < HeaderSize || size > _header.Length)
        {
            return $"its header has {size} bytes, which cannot be";
        }

        // The header's own sum is taken with its field at zero.
        var bytes = _header.AsSpan(0, (int)size).ToArray();
        bytes.AsSpan(16, sizeof(uint)).Clear();
        if (Crc32.HashToUInt32(bytes) != Number32(16))
        {
            return "the sum of its header is wrong";
        }

        if (Number64(24) != (ulong)lba)
        {
            return $"its header belongs to sector {Number64(24)} and is at {lba}";
        }

        var (count, entrySize) = (Number32(80), Number32(84));
        if (entrySize < MinimumEntrySize || !uint.IsPow2(entrySize) || count == 0 || (ulong)count * entrySize > MaximumTableSize)
        {
            return $"it has {count} entries of {entrySize} bytes, which cannot be";
        }

        return FirstUsable > LastUsable || LastUsable > (ulong)(long.MaxValue / _header.Length)
            ? $"its partitions would lie from sector {FirstUsable} to {LastUsable}, which cannot be"
            : null;
    }

    private uint Number32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(offset));

    private ulong Number64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_header.AsSpan(offset));
}
