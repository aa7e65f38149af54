using System.Buffers.Binary;
using System.Text;

namespace Compose.SquashFs.Reading;

/// <summary>Reads sets of extended attributes. Inodes that share a set get one object, and so do values that are shared.</summary>
internal sealed class AttributeReader
{
    private const int HeaderSize = 16;
    private const int SetSize = 16;
    private const ushort OutOfLine = 0x100;
    private const int ReferenceSize = sizeof(ulong);

    private static readonly string[] Namespaces = ["user.", "trusted.", "security."];
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MetadataBlocks _blocks;
    private readonly IndexedTable _sets;
    private readonly MetadataTable _attributes;
    private readonly ReadBudget _budget;
    private readonly Dictionary<uint, ExtendedAttributes> _known = [];
    private readonly Dictionary<ulong, byte[]> _sharedValues = [];

    /// <summary>A reader.</summary>
    /// <param name="bytes">The image.</param>
    /// <param name="blocks">The image's metadata blocks.</param>
    /// <param name="start">Where the table's header is.</param>
    /// <param name="imageEnd">Where the image ends.</param>
    /// <param name="budget">What names and values may take.</param>
    /// <exception cref="ImageFault">The table is not in the image.</exception>
    public AttributeReader(ImageBytes bytes, MetadataBlocks blocks, long start, long imageEnd, ReadBudget budget)
    {
        if (start < SquashFsFormat.SuperblockSize || start > imageEnd - HeaderSize)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedTable, $"the table of extended attributes, at {start}, is not in the image, which ends at {imageEnd}");
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        bytes.Read(start, header);
        var attributesStart = BinaryPrimitives.ReadInt64LittleEndian(header);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(header[sizeof(long)..]);
        if (attributesStart < SquashFsFormat.SuperblockSize || attributesStart > start)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedTable, $"the extended attributes are said to start at {attributesStart}, which is not before their table at {start}");
        }

        _blocks = blocks;
        _budget = budget;
        _sets = new IndexedTable(bytes, blocks, "table of extended attributes", start + HeaderSize, count, SetSize, imageEnd);
        _attributes = new MetadataTable("extended attributes", attributesStart, start);
    }

    /// <summary>The number of sets.</summary>
    public uint Count => _sets.Count;

    /// <summary>Reads a set.</summary>
    /// <exception cref="ImageFault">There is no such set, or it is damaged.</exception>
    public ExtendedAttributes Read(uint place)
    {
        if (_known.TryGetValue(place, out var known))
        {
            return known;
        }

        var entry = _sets[place];
        var cursor = Open(BinaryPrimitives.ReadUInt64LittleEndian(entry));
        var count = BinaryPrimitives.ReadUInt32LittleEndian(entry[sizeof(ulong)..]);
        var attributes = new SortedDictionary<string, ExtendedAttribute>(StringComparer.Ordinal);
        for (var i = 0u; i < count; i++)
        {
            var attribute = ReadAttribute(ref cursor);
            if (!attributes.TryAdd(attribute.Name, attribute))
            {
                throw Bad($"the extended attribute '{attribute.Name}' is there twice");
            }
        }

        var set = new ExtendedAttributes(attributes.Values);
        _known.Add(place, set);
        return set;
    }

    private ExtendedAttribute ReadAttribute(ref MetadataCursor cursor)
    {
        var type = cursor.ReadUInt16();
        var number = type & ~OutOfLine;
        if (number >= Namespaces.Length)
        {
            throw Bad($"an extended attribute is in namespace {number}, which does not exist");
        }

        var name = Namespaces[number] + ReadName(ref cursor);
        var length = cursor.ReadUInt32();
        if ((type & OutOfLine) != 0)
        {
            return length == ReferenceSize
                ? new ExtendedAttribute(name, ReadSharedValue(cursor.ReadUInt64()))
                : throw Bad($"the extended attribute '{name}' has a reference of {length} bytes");
        }

        return new ExtendedAttribute(name, ReadValue(ref cursor, length));
    }

    private string ReadName(ref MetadataCursor cursor)
    {
        var length = cursor.ReadUInt16();
        if (length is 0 or > SquashFsFormat.MaximumAttributeName)
        {
            throw Bad($"an extended attribute's name has {length} bytes");
        }

        _budget.TakeName(length);
        var bytes = cursor.ReadBytes(length);
        try
        {
            var name = StrictUtf8.GetString(bytes);
            return name.Contains('\0', StringComparison.Ordinal) ? throw Bad("an extended attribute's name holds a NUL") : name;
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"an extended attribute's name, '{TreePath.Describe(bytes)}', is not in UTF-8");
        }
    }

    private byte[] ReadValue(ref MetadataCursor cursor, uint length)
    {
        if (length > SquashFsFormat.MaximumAttributeValue)
        {
            throw Bad($"an extended attribute's value has {length} bytes; Linux allows {SquashFsFormat.MaximumAttributeValue}");
        }

        _budget.TakeName((int)length);
        return cursor.ReadBytes((int)length);
    }

    private byte[] ReadSharedValue(ulong reference)
    {
        if (!_sharedValues.TryGetValue(reference, out var value))
        {
            var cursor = Open(reference);
            value = ReadValue(ref cursor, cursor.ReadUInt32());
            _sharedValues.Add(reference, value);
        }

        return value;
    }

    private MetadataCursor Open(ulong reference) =>
        reference >> 16 <= (ulong)(_attributes.End - _attributes.Start)
            ? new MetadataCursor(_blocks, _attributes, reference)
            : throw Bad($"the place 0x{reference:x} is not in the extended attributes");

    private static ImageFault Bad(string reason) => new(SquashFsDiagnostics.DamagedAttributes, reason);
}
