namespace Compose.SquashFs.Tests.Samples;

/// <summary>A small tree with all that an image can have: what mutations of images start from.</summary>
internal static class SmallTree
{
    public const int BlockSize = 4096;

    public static FileTree Tree { get; } = Make();

    private static FileTree Make()
    {
        var long1 = new ExtendedAttribute("user.long", SampleContents.Text(100, 1));
        var attributes = EntryMetadata.File with
        {
            UserId = 1000,
            ExtendedAttributes = new ExtendedAttributes([long1, new ExtendedAttribute("security.capability", new byte[20])]),
        };
        var others = EntryMetadata.File with
        {
            ExtendedAttributes = new ExtendedAttributes([long1, new ExtendedAttribute("trusted.note", "x"u8.ToArray())]),
        };
        var linked = SampleContents.File("linked"u8.ToArray());
        var sparse = new byte[5 * BlockSize];
        sparse[BlockSize] = 1;
        return new FileTreeBuilder()
            .Set("dir/inner/deepest", new DirectoryEntry(EntryMetadata.Directory))
            .Set("dir/inner/text", SampleContents.File(SampleContents.Text(700, 2)))
            .Set("dir/link", new SymlinkEntry("inner/text"))
            .Set("dir/hard-a", linked)
            .Set("hard-b", linked)
            .Set("blocks", SampleContents.File(SampleContents.Text((2 * BlockSize) + 100, 3)))
            .Set("noise", SampleContents.File(SampleContents.Noise(BlockSize, 4)))
            .Set("sparse", SampleContents.File(sparse))
            .Set("attributes", SampleContents.File("a"u8.ToArray(), attributes))
            .Set("others", new FifoEntry(others))
            .Set("device", new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 8, 1))
            .Set("socket", new SocketEntry(EntryMetadata.File))
            .Build();
    }
}
