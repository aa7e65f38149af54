using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Metadata;

/// <summary>
/// Everything behind the data: the tables, in the order in which the kernel requires them, as it takes each one's end from
/// the start of the next.
/// </summary>
internal sealed class ImageTables(
    InodePlan inodes,
    InodeAttributes attributes,
    DataPlan data,
    IReadOnlyList<FragmentLocation> fragments,
    SquashFsOptions options)
{
    /// <summary>Writes the tables.</summary>
    /// <returns>The superblock that goes with them.</returns>
    public Superblock Write(ImageStream image, Codec codec, CancellationToken cancellationToken)
    {
        using var context = codec.CreateContext();
        var writer = new InodeWriter(inodes, attributes, data, context);
        writer.Write(cancellationToken);

        var inodeTable = writer.Inodes.WriteTo(image);
        var directoryTable = writer.Directories.WriteTo(image);
        var fragmentTable = fragments.Count == 0 ? SquashFsFormat.NoTable : MakeFragmentTable(context).CopyWithIndexTo(image);
        var exportTable = options.Exportable ? writer.MakeExportTable().CopyWithIndexTo(image) : SquashFsFormat.NoTable;
        var idTable = attributes.Ids.WriteTo(image, context);
        var attributeTable = attributes.Attributes.IsEmpty
            ? SquashFsFormat.NoTable
            : attributes.Attributes.WriteTo(image, context);

        return new Superblock
        {
            InodeCount = (uint)inodes.Count,
            ModificationTime = (uint)options.ModificationTime,
            BlockSize = (uint)options.BlockSize,
            FragmentCount = (uint)fragments.Count,
            CodecId = codec.Id,
            Flags = Flags(codec),
            IdCount = attributes.Ids.Count,
            RootInode = writer.RootReference,
            BytesUsed = image.Position,
            IdTableStart = idTable,
            AttributeTableStart = attributeTable,
            InodeTableStart = inodeTable,
            DirectoryTableStart = directoryTable,
            FragmentTableStart = fragmentTable,
            ExportTableStart = exportTable,
        };
    }

    private MetadataWriter MakeFragmentTable(IBlockCodec context)
    {
        var table = new MetadataWriter(context);
        foreach (var (start, size) in fragments)
        {
            table.WriteUInt64((ulong)start);
            table.WriteUInt32(size);
            table.WriteUInt32(0);
        }

        return table;
    }

    private SuperblockFlags Flags(Codec codec)
    {
        var flags = options.FindDuplicates ? SuperblockFlags.Duplicates : SuperblockFlags.None;
        flags |= options.Fragments switch
        {
            SquashFsFragments.SmallFilesAndTails => SuperblockFlags.AlwaysFragments,
            SquashFsFragments.None => SuperblockFlags.NoFragments,
            _ => SuperblockFlags.None,
        };
        flags |= options.Exportable ? SuperblockFlags.Exportable : SuperblockFlags.None;
        flags |= attributes.Attributes.IsEmpty ? SuperblockFlags.NoAttributes : SuperblockFlags.None;
        flags |= codec.Options.Length > 0 ? SuperblockFlags.CodecOptions : SuperblockFlags.None;
        if (options.Compression is NoCompression)
        {
            flags |= SuperblockFlags.StoredInodes | SuperblockFlags.StoredData | SuperblockFlags.StoredFragments
                | SuperblockFlags.StoredAttributes | SuperblockFlags.StoredIds;
        }

        return flags;
    }
}
