using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

public class ExtendedAttributeTests
{
    [Fact]
    public void A_socket_has_its_attributes()
    {
        // On its own: sqfs2tar, which reads attributes in the other tests, leaves sockets out.
        using var directory = new TemporaryDirectory();
        var tree = new FileTreeBuilder()
            .Set("socket", new SocketEntry(With(("user.note", "hello"u8.ToArray()), ("trusted.b", "value"u8.ToArray()))))
            .Build();

        var (image, _) = directory.Pack(tree);

        ImageAssert.IsReadByUnsquashfs(ExpectedTree.Of(tree), image);
        var attributes = Tool.RunText("rdsquashfs", "--xattr", "socket", image);
        Assert.Contains("user.note", attributes, StringComparison.Ordinal);
        Assert.Contains("hello", attributes, StringComparison.Ordinal);
        Assert.Contains("trusted.b", attributes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_in_several_sets_is_stored_once()
    {
        using var directory = new TemporaryDirectory();
        var value = SampleContents.Noise(60_000, 1);
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 50; i++)
        {
            var metadata = With(("user.large", value), ("user.number", [(byte)i]));
            builder.Set($"{i}", SampleContents.File(ReadOnlyMemory<byte>.Empty, metadata));
        }

        var tree = builder.Build();

        var (image, summary) = directory.Pack(tree);

        ImageAssert.Holds(tree, image);
        Assert.InRange(summary.Bytes, 60_000, 80_000);
    }

    [Fact]
    public void Many_sets_fill_several_metadata_blocks()
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 3_000; i++)
        {
            var metadata = With(
                ("security.selinux", System.Text.Encoding.ASCII.GetBytes($"system_u:object_r:type_{i}_t:s0\0")),
                ("trusted.number", BitConverter.GetBytes(i)),
                ("user.empty", []),
                ("user.shared-by-some", SampleContents.Text(100, (ulong)(i % 7))));
            builder.Set($"{i}", SampleContents.File(ReadOnlyMemory<byte>.Empty, metadata));
            builder.Set($"{i}-same-set", new FifoEntry(metadata));
        }

        var tree = builder.Build();

        ImageAssert.Holds(tree, directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) }).Image);
    }

    [Fact]
    public void The_largest_name_and_value_survive()
    {
        using var directory = new TemporaryDirectory();
        var metadata = With(("user." + new string('n', 250), SampleContents.Text(65_536, 1)));
        var tree = new FileTreeBuilder().Set("file", SampleContents.File(ReadOnlyMemory<byte>.Empty, metadata)).Build();

        ImageAssert.Holds(tree, directory.Pack(tree).Image);
    }

    private static EntryMetadata With(params (string Name, byte[] Value)[] attributes) => EntryMetadata.File with
    {
        ExtendedAttributes = new ExtendedAttributes(attributes.Select(a => new ExtendedAttribute(a.Name, a.Value))),
    };
}
