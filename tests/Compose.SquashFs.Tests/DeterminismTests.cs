using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using CsCheck;

namespace Compose.SquashFs.Tests;

public class DeterminismTests
{
    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("lz4")]
    [InlineData("none")]
    public void Any_number_of_threads_gives_the_same_bytes(string compression)
    {
        var tree = ManyDuplicates();
        var options = new SquashFsOptions { BlockSize = 8192, Compression = SampleCompressions.Fast(compression) };
        var expected = Write(tree, options with { Threads = 1 });

        foreach (var threads in (int[])[1, 2, 3, 4, 8, 17])
        {
            Assert.True(expected.SequenceEqual(Write(tree, options with { Threads = threads })), $"{threads} threads give other bytes.");
        }
    }

    [Fact]
    public void The_place_in_the_stream_changes_no_byte_and_nothing_before_it()
    {
        const int Offset = 1024 * 1024;
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(4096);
        var disk = directory.File("disk");
        var before = SampleContents.Noise(Offset, 1);

        using (var stream = new FileStream(disk, FileMode.Create))
        {
            stream.Write(before);
            var summary = SquashFsWriter.Write(tree, stream, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(Offset + summary.Bytes, stream.Position);
        }

        var bytes = File.ReadAllBytes(disk);
        Assert.Equal(before, bytes[..Offset]);
        Assert.Equal(Write(tree, new SquashFsOptions()), bytes[Offset..]);
        Assert.Contains(
            "Found a valid SQUASHFS 4:0 superblock",
            Tool.RunText("unsquashfs", "-offset", $"{Offset}", "-stat", disk),
            StringComparison.Ordinal);
    }

    [Fact]
    public void How_equality_is_known_changes_no_byte()
    {
        // One content object twice is known to be equal; two objects with equal bytes are found to be.
        var bytes = SampleContents.Text(100_000, 1);
        var shared = new BytesContent(bytes);
        var known = new FileTreeBuilder()
            .Set("a", new FileEntry(EntryMetadata.File, shared)).Set("b", new FileEntry(EntryMetadata.File, shared)).Build();
        var found = new FileTreeBuilder()
            .Set("a", SampleContents.File(bytes)).Set("b", SampleContents.File(bytes.ToArray())).Build();

        Assert.Equal(Write(known, new SquashFsOptions()), Write(found, new SquashFsOptions()));
    }

    [Fact]
    public void Random_trees_survive_and_give_the_same_bytes_twice()
    {
        for (var seed = 1u; seed <= 40; seed++)
        {
            Gen.Select(RandomTrees.Tree, RandomTrees.Options).Sample(
                (tree, options) =>
                {
                    using var directory = new TemporaryDirectory();
                    var (image, _) = directory.Pack(tree, options);
                    ImageAssert.Holds(tree, image);
                    Assert.Equal(File.ReadAllBytes(image), Write(tree, options with { Threads = 5 - options.Threads }));
                },
                seed: new PCG(seed, 20261123).ToString(),
                iter: 1,
                threads: 1);
        }
    }

    private static byte[] Write(FileTree tree, SquashFsOptions options)
    {
        using var stream = new MemoryStream();
        SquashFsWriter.Write(tree, stream, options, cancellationToken: TestContext.Current.CancellationToken);
        return stream.ToArray();
    }

    private static FileTree ManyDuplicates()
    {
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 600; i++)
        {
            // Few sizes and few seeds: many files of one size, some equal, some equal only at first.
            var bytes = SampleContents.Text((i * 7919 % 40 * 1000) + (i % 3), (ulong)(i % 5));
            if (i % 4 == 0 && bytes.Length > 0)
            {
                bytes[^1] ^= 1;
            }

            builder.Set($"{i % 10}/{i}", SampleContents.File(bytes));
        }

        return builder.Build();
    }
}
