using System.Buffers.Binary;
using System.Text;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;

namespace Compose.SquashFs.Metadata;

/// <summary>
/// All sets of extended attributes. Inodes with equal sets share one, and equal values in different sets are stored once:
/// where the value occurs first; the others refer to it.
/// </summary>
internal sealed class ExtendedAttributeTable
{
    /// <summary>In an attribute's namespace: its value is a reference to another's.</summary>
    private const ushort OutOfLine = 0x100;

    /// <summary>A reference takes as much: smaller values are not shared.</summary>
    private const int ReferenceSize = sizeof(ulong);

    private static readonly string[] Namespaces = ["user.", "trusted.", "security."];

    private readonly Dictionary<ExtendedAttributes, uint> _places = [];
    private readonly List<ExtendedAttributes> _sets = [];

    public bool IsEmpty => _sets.Count == 0;

    /// <summary>The place of a set that was added; <see cref="SquashFsFormat.None"/> for the empty one.</summary>
    public uint this[ExtendedAttributes set] => set.Count == 0 ? SquashFsFormat.None : _places[set];

    /// <summary>Adds a set, if it is new.</summary>
    /// <param name="set">The set.</param>
    /// <param name="path">Where it is, for messages.</param>
    /// <exception cref="DiagnosticException">The format cannot hold it.</exception>
    public void Add(ExtendedAttributes set, TreePath path)
    {
        if (set.Count == 0 || _places.ContainsKey(set))
        {
            return;
        }

        foreach (var attribute in set)
        {
            Check(attribute, path);
        }

        _places.Add(set, (uint)_sets.Count);
        _sets.Add(set);
    }

    /// <summary>Writes the table.</summary>
    /// <returns>Where its header starts.</returns>
    public long WriteTo(ImageStream image, IBlockCodec codec)
    {
        var attributes = new MetadataWriter(codec);
        var sets = new MetadataWriter(codec);
        var values = new Dictionary<Sha256Digest, MetadataPosition>();
        foreach (var set in _sets)
        {
            sets.WriteUInt64(attributes.Position.Reference);
            var size = 0;
            foreach (var attribute in set)
            {
                size += Write(attributes, attribute, values);
            }

            sets.WriteUInt32((uint)set.Count);
            sets.WriteUInt32((uint)size);
        }

        var attributesStart = attributes.CopyTo(image);
        return sets.CopyWithIndexTo(image, () =>
        {
            // The header: where the attributes are, and how many sets there are.
            Span<byte> header = stackalloc byte[16];
            header.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(header, attributesStart);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], _sets.Count);
            image.Write(header);
        });
    }

    private static int Write(MetadataWriter writer, ExtendedAttribute attribute, Dictionary<Sha256Digest, MetadataPosition> values)
    {
        var number = NamespaceOf(attribute.Name);
        var name = Encoding.UTF8.GetBytes(attribute.Name[Namespaces[number].Length..]);
        var value = attribute.Value.Span;
        var digest = value.Length > ReferenceSize ? Sha256Digest.Of(value) : default;
        var isShared = values.TryGetValue(digest, out var first);

        writer.WriteUInt16((ushort)(isShared ? number | OutOfLine : number));
        writer.WriteUInt16((ushort)name.Length);
        writer.Write(name);
        if (isShared)
        {
            writer.WriteUInt32(ReferenceSize);
            writer.WriteUInt64(first.Reference);
        }
        else
        {
            if (value.Length > ReferenceSize)
            {
                values.Add(digest, writer.Position);
            }

            writer.WriteUInt32((uint)value.Length);
            writer.Write(value);
        }

        return sizeof(uint) + name.Length + sizeof(uint) + (isShared ? ReferenceSize : value.Length);
    }

    private static int NamespaceOf(string name) =>
        Array.FindIndex(Namespaces, prefix => name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length);

    private static void Check(ExtendedAttribute attribute, TreePath path)
    {
        if (NamespaceOf(attribute.Name) < 0)
        {
            throw new DiagnosticException(SquashFsDiagnostics.UnknownAttributeNamespace.Create(
                $"'{path}' has the extended attribute '{attribute.Name}'. A squashfs image holds only attributes whose names begin with 'user.', 'trusted.' or 'security.'."));
        }

        if (Encoding.UTF8.GetByteCount(attribute.Name) > SquashFsFormat.MaximumAttributeName
            || attribute.Value.Length > SquashFsFormat.MaximumAttributeValue)
        {
            throw new DiagnosticException(SquashFsDiagnostics.AttributeTooLarge.Create(
                $"The extended attribute '{attribute.Name}' of '{path}' is too large: Linux allows names of {SquashFsFormat.MaximumAttributeName} bytes and values of {SquashFsFormat.MaximumAttributeValue} bytes."));
        }
    }
}
