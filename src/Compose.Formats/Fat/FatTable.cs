using System.Buffers.Binary;
using System.Collections;

namespace Compose.Formats.Fat;

/// <summary>A run of clusters as a part of the volume, in bytes.</summary>
internal readonly record struct FatExtent(long Offset, long Length);

/// <summary>The table of a volume that was read: which cluster follows which.</summary>
internal sealed class FatTable
{
    /// <summary>Enough for 16 million clusters. A table is held in memory, and may claim more than anyone has.</summary>
    private const int MaximumTableSize = 64 * 1024 * 1024;

    private readonly byte[] _table;
    private readonly FatParameters _parameters;
    private readonly BitArray _followed;

    private FatTable(byte[] table, FatParameters parameters)
    {
        _table = table;
        _parameters = parameters;
        _followed = new BitArray((int)parameters.Clusters + 2);
    }

    /// <summary>The clusters that <see cref="Follow"/> has met.</summary>
    public long ClustersFollowed { get; private set; }

    /// <summary>Reads the first copy.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">COMPOSE4210: it is too large.</exception>
    public static FatTable Read(DiskRegion volume, FatParameters parameters, string name)
    {
        var needed = (((parameters.Clusters + 2L) * parameters.Bits) + 7) / 8;
        if (needed > MaximumTableSize)
        {
            throw FatParameters.Refuse(name, $"its table has {needed} bytes, and up to {MaximumTableSize} are read");
        }

        var table = new byte[needed];
        volume.ReadExactly(parameters.TableOffset, table);
        return new FatTable(table, parameters);
    }

    /// <summary>Whether the other copies say the same.</summary>
    public bool CopiesAreEqual(DiskRegion volume, FatParameters parameters)
    {
        var copy = new byte[_table.Length];
        for (var i = 1; i < parameters.Copies; i++)
        {
            volume.ReadExactly(parameters.TableOffset + (i * parameters.TableSize), copy);
            if (!copy.AsSpan().SequenceEqual(_table))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Follows a chain of clusters. No cluster is followed twice.</summary>
    /// <param name="first">The first cluster.</param>
    /// <param name="limit">The most bytes to follow.</param>
    /// <param name="fault">Why the chain ends too early; null when it does not.</param>
    public List<FatExtent> Follow(uint first, long limit, out string? fault)
    {
        var extents = new List<FatExtent>();
        var bytes = 0L;
        fault = null;
        for (var cluster = first; ; cluster = Next(cluster))
        {
            if (IsEnd(cluster) && cluster != first)
            {
                return extents;
            }

            fault = cluster < 2 || cluster >= _parameters.Clusters + 2 ? $"there is no cluster {cluster}"
                : _followed[(int)cluster] ? $"the cluster {cluster} belongs to something else already"
                : bytes > limit - _parameters.ClusterSize ? $"they have more than {limit} bytes"
                : null;
            if (fault is not null)
            {
                return extents;
            }

            _followed[(int)cluster] = true;
            ClustersFollowed++;
            bytes += _parameters.ClusterSize;
            var offset = _parameters.DataOffset + ((cluster - 2L) * _parameters.ClusterSize);
            if (extents.Count > 0 && extents[^1].Offset + extents[^1].Length == offset)
            {
                extents[^1] = extents[^1] with { Length = extents[^1].Length + _parameters.ClusterSize };
            }
            else
            {
                extents.Add(new FatExtent(offset, _parameters.ClusterSize));
            }
        }
    }

    private bool IsEnd(uint value) => value >= (_parameters.Bits switch { 12 => 0xFF8u, 16 => 0xFFF8u, _ => 0x0FFF_FFF8u });

    private uint Next(uint cluster)
    {
        switch (_parameters.Bits)
        {
            case 12:
                // Two numbers share three bytes.
                var offset = (int)(cluster + (cluster / 2));
                var pair = _table[offset] | (_table[offset + 1] << 8);
                return (uint)(cluster % 2 == 0 ? pair & 0xFFF : pair >> 4);
            case 16:
                return BinaryPrimitives.ReadUInt16LittleEndian(_table.AsSpan((int)cluster * sizeof(ushort)));
            default:
                // The upper four bits are reserved.
                return BinaryPrimitives.ReadUInt32LittleEndian(_table.AsSpan((int)cluster * sizeof(uint))) & 0x0FFF_FFFF;
        }
    }
}
