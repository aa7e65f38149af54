using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;

namespace Compose.SquashFs.Metadata;

/// <summary>The numbers of all owners and groups, in the order of their first use. Inodes name them by their place.</summary>
internal sealed class IdTable
{
    private readonly Dictionary<uint, ushort> _places = [];
    private readonly List<uint> _ids = [];

    public ushort Count => (ushort)_ids.Count;

    /// <summary>The place of an id that was added.</summary>
    public ushort this[uint id] => _places[id];

    /// <summary>Adds an id, if it is new.</summary>
    /// <exception cref="DiagnosticException">The table is full.</exception>
    public void Add(uint id)
    {
        if (_places.ContainsKey(id))
        {
            return;
        }

        if (_ids.Count == SquashFsFormat.MaximumIds)
        {
            throw new DiagnosticException(SquashFsDiagnostics.TooManyOwners.Create(
                $"The tree has more than {SquashFsFormat.MaximumIds} different user and group ids, which is all that a squashfs image can hold. Give files fewer different owners."));
        }

        _places.Add(id, (ushort)_ids.Count);
        _ids.Add(id);
    }

    /// <summary>Writes the table.</summary>
    /// <returns>Where its index starts.</returns>
    public long WriteTo(ImageStream image, IBlockCodec codec)
    {
        var table = new MetadataWriter(codec);
        foreach (var id in _ids)
        {
            table.WriteUInt32(id);
        }

        return table.CopyWithIndexTo(image);
    }
}
