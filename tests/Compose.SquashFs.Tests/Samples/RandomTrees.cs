using CsCheck;

namespace Compose.SquashFs.Tests.Samples;

/// <summary>Trees of few names, so that paths meet, and of many kinds, sizes and owners.</summary>
internal static class RandomTrees
{
    private static readonly Gen<byte[]> Name =
        Gen.OneOf(Gen.Byte[(byte)'a', (byte)'d'].Array[1, 2], Gen.Byte[0x80, 0xFF].Array[1, 3], Gen.Byte[(byte)'0', (byte)'9'].Array[60, 255]);

    /// <summary>Sets of few values, so that some are shared, in every namespace.</summary>
    private static readonly Gen<ExtendedAttributes> Attributes = Gen.OneOf(
        Gen.Const(ExtendedAttributes.Empty),
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.OneOf(Gen.Int[0, 30], Gen.Int[0, 300], Gen.Const(9_000)), Gen.ULong[0, 2])
            .Array[0, 3].Select(items => new ExtendedAttributes(items.DistinctBy(item => (item.Item1, item.Item2)).Select(item =>
                new ExtendedAttribute(
                    $"{((string[])["user", "trusted", "security"])[item.Item1]}.attribute-{item.Item2}",
                    SampleContents.Text(item.Item3, item.Item4))))));

    private static readonly Gen<EntryMetadata> Metadata = Gen.Select(
        Gen.UShort[0, EntryMetadata.PermissionMask],
        Gen.OneOf(Gen.Const(0u), Gen.UInt[0, uint.MaxValue - 1]),
        Gen.OneOf(Gen.Const(0u), Gen.UInt[1000, 1010]),
        Gen.UInt,
        Attributes,
        (permissions, user, group, time, attributes) => new EntryMetadata
        {
            Permissions = permissions,
            UserId = user,
            GroupId = group,
            ModifiedTime = time,
            ExtendedAttributes = attributes,
        });

    private static readonly Gen<SquashFsCompression> Compression = Gen.Select(
        Gen.Int[0, SquashFsCompression.Names.Count - 1],
        Gen.Int[1, 5],
        Gen.Int[0, 63],
        (name, level, choice) => SquashFsCompression.Parse(SquashFsCompression.Names[name]) switch
        {
            GzipCompression => new GzipCompression(level)
            {
                WindowBits = 8 + (choice % 8),
                Strategies = choice <= 32 ? GzipStrategies.Default : (GzipStrategies)(choice - 32),
            },
            XzCompression => new XzCompression(level % 3) { Filters = choice <= 32 ? XzFilters.None : (XzFilters)(choice - 32) },
            var compression => compression.Levels is null ? compression : compression.WithLevel(level),
        });

    /// <summary>Trees for small blocks, which every oracle can tell of.</summary>
    public static Gen<FileTree> Tree { get; } = TreeFor(4096, withSockets: false);

    public static Gen<SquashFsOptions> Options { get; } = Gen.Select(
        Gen.Int[0, 11],
        Compression,
        Gen.Int[1, 4],
        Gen.Enum<SquashFsFragments>(),
        Gen.Int[0, 7],
        (blockSize, compression, threads, fragments, switches) => new SquashFsOptions
        {
            // Small blocks more often: they make more of everything.
            BlockSize = 4096 << Math.Max(0, blockSize - 3),
            Compression = compression,
            Threads = threads,
            Fragments = fragments,
            Exportable = (switches & 1) != 0,
            FindDuplicates = (switches & 2) != 0,
            KeepSparse = (switches & 4) != 0,
        });

    /// <summary>Options, and a tree whose files' sizes are around the borders of their blocks.</summary>
    public static Gen<(FileTree Tree, SquashFsOptions Options)> Images { get; } = Gen.SelectMany(
        Options,
        Gen.Int[0, 3],
        (options, sockets) => TreeFor(options.BlockSize, withSockets: sockets == 0).Select(tree => (tree, options)));

    private static Gen<byte[]> ContentFor(int blockSize)
    {
        // Few bytes in all where blocks are large: at most 3 MB a file.
        var blocks = Math.Clamp(1_000_000 / blockSize, 1, 3);
        var border = Gen.Select(Gen.Int[1, blocks], Gen.Int[-1, 1], (count, step) => (count * blockSize) + step);
        return Gen.Select(
            Gen.OneOf(Gen.Int[0, 20], Gen.Int[0, 20_000], border),
            Gen.ULong[0, 2],
            Gen.Int[0, 4],
            (length, seed, kind) => kind switch
            {
                0 => new byte[length],
                1 => SampleContents.Noise(length, seed),
                2 => WithHole(SampleContents.Text(length, seed), blockSize),
                _ => SampleContents.Text(length, seed),
            });
    }

    /// <summary>Linux shows attributes of the users' namespace on files and directories alone.</summary>
    private static EntryMetadata Special(EntryMetadata metadata) => metadata with
    {
        ExtendedAttributes = new ExtendedAttributes(
            metadata.ExtendedAttributes.Where(attribute => !attribute.Name.StartsWith("user.", StringComparison.Ordinal))),
    };

    private static byte[] WithHole(byte[] bytes, int blockSize)
    {
        bytes.AsSpan(Math.Min(bytes.Length, blockSize), Math.Min(blockSize, Math.Max(0, bytes.Length - blockSize))).Clear();
        return bytes;
    }

    private static Gen<FileTree> TreeFor(int blockSize, bool withSockets)
    {
        var entry = Gen.Select(
            Gen.Int[0, 12],
            Metadata,
            ContentFor(blockSize),
            (kind, metadata, content) => (TreeEntry)(kind switch
            {
                0 => new SymlinkEntry(
                    Special(metadata) with { Permissions = EntryMetadata.Symlink.Permissions },
                    new string('t', 1 + (content.Length % 4095)).Select(c => (byte)c).ToArray()),
                1 => new FifoEntry(Special(metadata)),

                // sqfs2tar leaves sockets out, but gives their long names and attributes to the next entry.
                2 when withSockets => new SocketEntry(Special(metadata)),
                2 or 3 => new DeviceEntry(Special(metadata), (DeviceKind)(content.Length % 2), metadata.UserId & 0xFFF, metadata.GroupId & 0xFFFFF),
                4 => new DirectoryEntry(metadata),
                _ => SampleContents.File(content, metadata),
            }));
        return Gen.Select(Name.Array[1, 4], entry, Gen.Int[0, 9]).Array[0, blockSize > 131_072 ? 15 : 60].Select(Build);
    }

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
