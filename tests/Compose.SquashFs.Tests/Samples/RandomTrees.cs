using CsCheck;

namespace Compose.SquashFs.Tests.Samples;

/// <summary>Trees of few names, so that paths meet, and of many kinds, sizes and owners.</summary>
internal static class RandomTrees
{
    private static readonly Gen<byte[]> Name =
        Gen.OneOf(Gen.Byte[(byte)'a', (byte)'d'].Array[1, 2], Gen.Byte[0x80, 0xFF].Array[1, 3], Gen.Byte[(byte)'0', (byte)'9'].Array[60, 255]);

    private static readonly Gen<EntryMetadata> Metadata = Gen.Select(
        Gen.UShort[0, EntryMetadata.PermissionMask],
        Gen.OneOf(Gen.Const(0u), Gen.UInt[0, uint.MaxValue - 1]),
        Gen.OneOf(Gen.Const(0u), Gen.UInt[1000, 1010]),
        Gen.UInt,
        Gen.OneOf(Gen.Const(0), Gen.Int[0, 3]),
        (permissions, user, group, time, attributes) => new EntryMetadata
        {
            Permissions = permissions,
            UserId = user,
            GroupId = group,
            ModifiedTime = time,
            ExtendedAttributes = new ExtendedAttributes(Enumerable.Range(0, attributes).Select(i =>
                new ExtendedAttribute($"user.attribute-{i}", SampleContents.Text((int)(user % 50), group)))),
        });

    private static readonly Gen<byte[]> Content = Gen.Select(
        Gen.OneOf(Gen.Int[0, 20], Gen.Int[0, 20_000], Gen.Const(4096), Gen.Const(8192), Gen.Const(12_000)),
        Gen.ULong[0, 2],
        Gen.Int[0, 3],
        (length, seed, kind) => kind switch
        {
            0 => new byte[length],
            1 => SampleContents.Noise(length, seed),
            _ => SampleContents.Text(length, seed),
        });

    private static readonly Gen<TreeEntry> Entry = Gen.Select(
        Gen.Int[0, 12],
        Metadata,
        Content,
        (kind, metadata, content) => (TreeEntry)(kind switch
        {
            0 => new SymlinkEntry(metadata with { Permissions = EntryMetadata.Symlink.Permissions }, new string('t', 1 + (content.Length % 4095)).Select(c => (byte)c).ToArray()),
            1 => new FifoEntry(metadata),

            // No sockets: sqfs2tar leaves them out, but gives their long names and attributes to the next entry.
            2 => new DeviceEntry(metadata, (DeviceKind)(content.Length % 2), metadata.UserId & 0xFFF, metadata.GroupId & 0xFFFFF),
            3 or 4 => new DirectoryEntry(metadata),
            _ => SampleContents.File(content, metadata),
        }));

    public static Gen<FileTree> Tree { get; } =
        Gen.Select(Name.Array[1, 4], Entry, Gen.Int[0, 9]).Array[0, 60].Select(Build);

    public static Gen<SquashFsOptions> Options { get; } = Gen.Select(
        Gen.OneOf(Gen.Const(4096), Gen.Const(8192), Gen.Const(131_072)),
        Gen.Int[0, SquashFsCompression.Names.Count - 1].Select(index => SquashFsCompression.Names[index]),
        Gen.Int[1, 4],
        Gen.Enum<SquashFsFragments>(),
        Gen.Int[0, 7],
        (blockSize, compression, threads, fragments, switches) => new SquashFsOptions
        {
            BlockSize = blockSize,
            Compression = SampleCompressions.Fast(compression),
            Threads = threads,
            Fragments = fragments,
            Exportable = (switches & 1) != 0,
            FindDuplicates = (switches & 2) != 0,
            KeepSparse = (switches & 4) != 0,
        });

    private static FileTree Build((byte[][] Path, TreeEntry Entry, int Link)[] items)
    {
        var builder = new FileTreeBuilder();
        var linkable = new List<TreeEntry>();
        foreach (var (components, entry, link) in items)
        {
            var path = TreePath.Root;
            var isFree = true;
            foreach (var component in components)
            {
                // What an earlier item made a directory stays one; what it made a file holds nothing.
                isFree &= builder[path] is null or DirectoryEntry;
                if (isFree && builder[path] is null)
                {
                    builder.Set(path, new DirectoryEntry(EntryMetadata.Directory));
                }

                path = path.Child(component);
            }

            if (!isFree || builder[path] is not null)
            {
                continue;
            }

            var isLink = link == 0 && linkable.Count > 0;
            builder.Set(path, isLink ? linkable[components.Length % linkable.Count] : entry);
            if (!isLink && entry is not DirectoryEntry)
            {
                linkable.Add(entry);
            }
        }

        return builder.Build();
    }
}
