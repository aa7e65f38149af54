using System.Buffers.Binary;
using System.Text;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;
using Compose.SquashFs.Metadata;
using Compose.SquashFs.Reading;

namespace Compose.SquashFs.Tests.Samples;

/// <summary>
/// An image taken apart: its tables as they are uncompressed. They can be changed and put together again, compressed as they
/// should be, so that what is wrong is inside. Only for small images, whose tables have one metadata block each.
/// </summary>
internal sealed class ImageParts
{
    private readonly Dictionary<string, int> _inodes = [];
    private readonly SquashFsOptions _options;
    private Superblock _superblock;

    private ImageParts(SquashFsOptions options) => _options = options;

    /// <summary>What is before the inode table.</summary>
    public byte[] Data { get; private set; } = [];

    public byte[] Inodes { get; set; } = [];

    public byte[] Directories { get; set; } = [];

    public byte[] Fragments { get; set; } = [];

    public byte[] Exports { get; set; } = [];

    public byte[] Ids { get; set; } = [];

    public byte[] Attributes { get; set; } = [];

    public byte[] AttributeSets { get; set; } = [];

    /// <summary>The superblock; the places of tables are set when the image is put together.</summary>
    public Superblock Superblock
    {
        get => _superblock;
        set => _superblock = value;
    }

    /// <summary>Writes an image of the tree and takes it apart.</summary>
    public static ImageParts Of(FileTree tree, SquashFsOptions options)
    {
        using var stream = new MemoryStream();
        SquashFsWriter.Write(tree, stream, options);
        var bytes = stream.ToArray();
        using var image = SquashFsReader.Open(bytes, "sample");
        var superblock = image.Superblock;
        var parts = new ImageParts(options)
        {
            _superblock = superblock,
            Data = bytes[..(int)superblock.InodeTableStart],
            Inodes = Block(image, superblock.InodeTableStart),
            Directories = Block(image, superblock.DirectoryTableStart),
            Fragments = superblock.FragmentCount == 0 ? [] : Block(image, Pointer(bytes, superblock.FragmentTableStart)),
            Exports = Block(image, Pointer(bytes, superblock.ExportTableStart)),
            Ids = Block(image, Pointer(bytes, superblock.IdTableStart)),
        };
        if (superblock.AttributeTableStart != SquashFsFormat.NoTable)
        {
            parts.Attributes = Block(image, Pointer(bytes, superblock.AttributeTableStart));
            parts.AttributeSets = Block(image, Pointer(bytes, superblock.AttributeTableStart + 16));
        }

        new TreeReader(image, onInode: met => parts._inodes.Add(met.Path.ToString(), (int)(met.Reference & 0xFFFF))).Read(default);
        return parts;
    }

    /// <summary>A copy whose tables can be changed.</summary>
    public ImageParts Clone()
    {
        var clone = (ImageParts)MemberwiseClone();
        clone.Inodes = [.. Inodes];
        clone.Directories = [.. Directories];
        clone.Fragments = [.. Fragments];
        clone.Exports = [.. Exports];
        clone.Ids = [.. Ids];
        clone.Attributes = [.. Attributes];
        clone.AttributeSets = [.. AttributeSets];
        return clone;
    }

    /// <summary>Where an entry's inode is in <see cref="Inodes"/>.</summary>
    public int InodeAt(string path) => _inodes[path];

    /// <summary>Where an entry of a listing is in <see cref="Directories"/>: 8 bytes and the name.</summary>
    public int EntryAt(string name) => Directories.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)) - 8;

    public void SetInode16(string path, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(Inodes.AsSpan(InodeAt(path) + offset), value);

    public void SetInode32(string path, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(Inodes.AsSpan(InodeAt(path) + offset), value);

    public void SetInode64(string path, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(Inodes.AsSpan(InodeAt(path) + offset), value);

    /// <summary>Changes a name in a listing to one of the same length.</summary>
    public void Rename(string name, string newName) =>
        Encoding.Latin1.GetBytes(newName).CopyTo(Directories.AsSpan(EntryAt(name) + 8));

    /// <summary>Puts the image together, without padding.</summary>
    public byte[] Pack()
    {
        var output = new MemoryStream();
        var image = new ImageStream(output);
        var codec = Codec.For(_options);
        using var context = codec.CreateContext();
        image.Write(Data);
        var inodes = Table(context, Inodes).CopyTo(image);
        var directories = Table(context, Directories).CopyTo(image);
        var fragments = Fragments.Length == 0 ? SquashFsFormat.NoTable : Table(context, Fragments).CopyWithIndexTo(image);
        var exports = Exports.Length == 0 ? SquashFsFormat.NoTable : Table(context, Exports).CopyWithIndexTo(image);
        var ids = Table(context, Ids).CopyWithIndexTo(image);
        var attributes = AttributeSets.Length == 0 ? SquashFsFormat.NoTable : WriteAttributes(image, context);
        image.WriteAtStart((_superblock with
        {
            BytesUsed = image.Position,
            InodeTableStart = inodes,
            DirectoryTableStart = directories,
            FragmentTableStart = fragments,
            ExportTableStart = exports,
            IdTableStart = ids,
            AttributeTableStart = attributes,
        }).ToBytes());
        return output.ToArray();
    }

    private static byte[] Block(SquashFsImage image, long position) => image.Metadata.Read(position).Bytes.ToArray();

    private static long Pointer(byte[] bytes, long position) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan((int)position));

    private static MetadataWriter Table(IBlockCodec codec, byte[] content)
    {
        var table = new MetadataWriter(codec);
        table.Write(content);
        return table;
    }

    private long WriteAttributes(ImageStream image, IBlockCodec codec)
    {
        var attributes = Table(codec, Attributes).CopyTo(image);
        return Table(codec, AttributeSets).CopyWithIndexTo(image, () =>
        {
            Span<byte> header = stackalloc byte[16];
            header.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(header, attributes);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], AttributeSets.Length / 16);
            image.Write(header);
        });
    }
}
