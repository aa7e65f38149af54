using System.Text;

namespace Compose.SquashFs.Tests.Samples;

/// <summary>Trees that several tests pack.</summary>
internal static class SampleTrees
{
    /// <summary>A tree with every kind of entry, owners, modes, times, attributes, links, and files around a block's size.</summary>
    public static FileTree EveryKind(int blockSize)
    {
        var builder = new FileTreeBuilder();
        builder.Set(TreePath.Root, new DirectoryEntry(EntryMetadata.Directory with { ModifiedTime = 1_700_000_000 }));
        AddKinds(builder);
        AddNames(builder);
        AddAttributes(builder);
        AddSizes(builder, blockSize);
        return builder.Build();
    }

    /// <summary>A directory with many small files.</summary>
    public static FileTree ManyFiles(int count)
    {
        var builder = new FileTreeBuilder();
        for (var i = 0; i < count; i++)
        {
            builder.SetText($"directory/file-{i}", i % 10 == 0 ? "" : $"{i % 1000}");
        }

        return builder.Set("directory", new DirectoryEntry(EntryMetadata.Directory)).Build();
    }

    private static void AddKinds(FileTreeBuilder builder)
    {
        builder.Set("kinds/character", new DeviceEntry(EntryMetadata.File with { Permissions = 0b110_110_110 }, DeviceKind.Character, 1, 3));
        builder.Set("kinds/block", new DeviceEntry(EntryMetadata.File with { GroupId = 6 }, DeviceKind.Block, 259, 300));
        builder.Set("kinds/largest-device", new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 0xFFF, 0xF_FFFF));
        builder.Set("kinds/fifo", new FifoEntry(EntryMetadata.File with { UserId = 1000, GroupId = 1001 }));
        builder.Set("kinds/socket", new SocketEntry(EntryMetadata.Executable with { ModifiedTime = 1 }));
        builder.Set("kinds/symlink", new SymlinkEntry("../somewhere/else"));
        builder.Set("kinds/long-symlink", new SymlinkEntry(new string('x', 4095)));
        builder.Set("kinds/setuid", SampleContents.File(new byte[] { 1 }, EntryMetadata.File with { Permissions = 0xFFF, UserId = uint.MaxValue - 1 }));
        builder.Set("kinds/no-access", new DirectoryEntry(new EntryMetadata { ModifiedTime = uint.MaxValue }));

        var linked = SampleContents.File("linked"u8.ToArray(), EntryMetadata.File with { ModifiedTime = 5 });
        builder.Set("links/first", linked).Set("links/second", linked).Set("a-link-elsewhere", linked);
        var linkedFifo = new FifoEntry(EntryMetadata.File);
        builder.Set("links/fifo", linkedFifo).Set("links/fifo-again", linkedFifo);
        var linkedSymlink = new SymlinkEntry("first");
        builder.Set("links/symlink", linkedSymlink).Set("links/symlink-again", linkedSymlink);
    }

    private static void AddNames(FileTreeBuilder builder)
    {
        var names = TreePath.Parse("names");
        builder.Set(names.Child(new string('n', 255)), SampleContents.File(new byte[] { 2 }));
        builder.Set(names.Child([0xFF, 0xFE, (byte)'!']), SampleContents.File(new byte[] { 3 }));
        builder.Set(names.Child([1, 0x7F, 0x80]), new DirectoryEntry(EntryMetadata.Directory));
        builder.Set(names.Child([1, 0x7F, 0x80]).Child("inside"), SampleContents.File(new byte[] { 4 }));
        builder.SetText("names/with space, \"quotes\" and \\", "text");
        builder.SetText("names/ümläut", "text");
        builder.SetText("names/-", "text");
        builder.SetText("names/a", "").SetText("names/a.b", "").SetText("names/a-dir/x", "");
    }

    private static void AddAttributes(FileTreeBuilder builder)
    {
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var large = SampleContents.Text(3000, 7);
        var user = new ExtendedAttribute("user.note", "hello"u8.ToArray());
        var security = new ExtendedAttribute("security.capability", capability);
        var trusted = new ExtendedAttribute("trusted.large", large);
        var empty = new ExtendedAttribute("user.empty", ReadOnlyMemory<byte>.Empty);
        EntryMetadata With(EntryMetadata metadata, params IEnumerable<ExtendedAttribute> attributes) =>
            metadata with { ExtendedAttributes = new ExtendedAttributes(attributes) };

        builder.Set("attributes", new DirectoryEntry(With(EntryMetadata.Directory, user)));
        builder.Set("attributes/ping", SampleContents.File("ping"u8.ToArray(), With(EntryMetadata.Executable, security)));
        builder.Set("attributes/ping-too", SampleContents.File("ping too"u8.ToArray(), With(EntryMetadata.Executable, security)));
        builder.Set("attributes/many", SampleContents.File("many"u8.ToArray(), With(EntryMetadata.File, user, security, trusted, empty)));
        builder.Set("attributes/large", SampleContents.File(ReadOnlyMemory<byte>.Empty, With(EntryMetadata.File, trusted)));
        builder.Set("attributes/symlink", new SymlinkEntry(With(EntryMetadata.Symlink, trusted), "ping"u8.ToArray()));
        builder.Set("attributes/fifo", new FifoEntry(With(EntryMetadata.File, trusted)));
        builder.Set("attributes/device", new DeviceEntry(With(EntryMetadata.File, trusted), DeviceKind.Character, 5, 1));
    }

    private static void AddSizes(FileTreeBuilder builder, int blockSize)
    {
        int[] sizes = [0, 1, 100, blockSize - 1, blockSize, blockSize + 1, (3 * blockSize) + 7];
        foreach (var size in sizes)
        {
            builder.Set($"sizes/text-{size}", SampleContents.File(SampleContents.Text(size, (ulong)size)));
            builder.Set($"sizes/noise-{size}", SampleContents.File(SampleContents.Noise(size, (ulong)size)));
            builder.Set($"sizes/zeros-{size}", SampleContents.File(new byte[size]));
            builder.Set($"sizes/text-{size}-again", SampleContents.File(SampleContents.Text(size, (ulong)size)));
        }

        // Data, zeros, data, and zeros at the end.
        var sparse = new byte[(4 * blockSize) + 50];
        SampleContents.Text(blockSize, 1).CopyTo(sparse, 0);
        SampleContents.Noise(10, 2).CopyTo(sparse, (2 * blockSize) + 5);
        builder.Set("sizes/sparse", SampleContents.File(sparse, EntryMetadata.File with { ModifiedTime = int.MaxValue }));
        for (var i = 0; i < 40; i++)
        {
            builder.Set($"small/{i}", SampleContents.File(Encoding.ASCII.GetBytes($"small file {i}")));
        }
    }
}
