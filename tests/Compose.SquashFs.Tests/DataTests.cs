using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>Blocks, fragments and duplicates.</summary>
public class DataTests
{
    private const int BlockSize = 16 * 1024;

    private static readonly SquashFsOptions Options = new() { BlockSize = BlockSize, Compression = new ZstdCompression(3) };

    [Fact]
    public void A_sparse_file_of_5_GiB_survives()
    {
        const long Length = 5L << 30;
        using var directory = new TemporaryDirectory();
        var content = new SparseContent(
            Length,
            (0, SampleContents.Text(1000, 1)),
            ((4L << 30) - 50, SampleContents.Noise(100, 2)),
            (Length - 3, "end"u8.ToArray()));
        var tree = new FileTreeBuilder().Set("huge", new FileEntry(EntryMetadata.File, content)).Build();

        var (image, summary) = directory.Pack(tree, new SquashFsOptions { BlockSize = 1024 * 1024, Compression = new ZstdCompression(3) });
        var extracted = directory.File("extracted");
        Tool.Run("unsquashfs", "-no-progress", "-quiet", "-dest", extracted, image);

        Assert.InRange(summary.Bytes, 1, 16 * 1024);
        Assert.Equal((Length >> 20) - 4, summary.SparseBlocks);
        AssertSame(content, Path.Combine(extracted, "huge"));
    }

    [Fact]
    public void More_fragments_than_fill_ten_metadata_blocks_survive()
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 10_100; i++)
        {
            builder.Set($"{i % 100}/{i}", SampleContents.File(SampleContents.Noise(2_500, (ulong)i)));
        }

        var tree = builder.Build();

        var (image, summary) = directory.Pack(tree, new SquashFsOptions { BlockSize = 4096, Compression = new ZstdCompression(1) });

        Assert.Equal(10_100, summary.Fragments);
        ImageAssert.Holds(tree, image);
    }

    [Fact]
    public void Data_that_does_not_shrink_is_stored_as_it_is()
    {
        using var directory = new TemporaryDirectory();
        var tree = new FileTreeBuilder().Set("noise", SampleContents.File(SampleContents.Noise(40 * BlockSize, 3))).Build();

        var (image, summary) = directory.Pack(tree, Options);

        ImageAssert.Holds(tree, image);
        Assert.Equal(40, summary.Blocks);
        Assert.InRange(summary.Bytes, 40 * BlockSize, (40 * BlockSize) + 4096);
    }

    [Theory]
    [InlineData(SquashFsFragments.SmallFilesAndTails, 2, 1)]
    [InlineData(SquashFsFragments.SmallFiles, 3, 1)]
    [InlineData(SquashFsFragments.None, 4, 0)]
    public void Fragments_hold_what_is_asked_for(SquashFsFragments rule, int blocks, int fragments)
    {
        using var directory = new TemporaryDirectory();
        var tree = new FileTreeBuilder()
            .Set("large", SampleContents.File(SampleContents.Text((2 * BlockSize) + 5, 1)))
            .Set("small", SampleContents.File(SampleContents.Text(100, 2)))
            .Build();

        var (image, summary) = directory.Pack(tree, Options with { Fragments = rule });

        Assert.Equal(blocks, summary.Blocks);
        Assert.Equal(fragments, summary.Fragments);
        ImageAssert.Holds(tree, image);
    }

    [Theory]
    [InlineData(SquashFsFragments.SmallFilesAndTails, 24, 1)]
    [InlineData(SquashFsFragments.SmallFiles, 25, 1)]
    [InlineData(SquashFsFragments.None, 26, 0)]
    public void Equal_files_are_stored_once(SquashFsFragments rule, int blocks, int fragments)
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 10; i++)
        {
            builder.Set($"{i}/large", SampleContents.File(SampleContents.Noise((20 * BlockSize) + 100, 1)));
            builder.Set($"{i}/aligned", SampleContents.File(SampleContents.Noise(4 * BlockSize, 2)));
            builder.Set($"{i}/small", SampleContents.File(SampleContents.Noise(200, 3)));
        }

        var tree = builder.Build();

        var (image, summary) = directory.Pack(tree, Options with { Fragments = rule });

        ImageAssert.Holds(tree, image);
        Assert.Equal(27, summary.DuplicateFiles);
        Assert.Equal(blocks, summary.Blocks);
        Assert.Equal(fragments, summary.Fragments);
    }

    [Fact]
    public void Equal_files_are_stored_each_when_duplicates_are_not_looked_for()
    {
        using var directory = new TemporaryDirectory();
        var content = new BytesContent(SampleContents.Noise((2 * BlockSize) + 100, 1));
        var tree = new FileTreeBuilder()
            .Set("a", new FileEntry(EntryMetadata.File, content))
            .Set("b", new FileEntry(EntryMetadata.Executable, content))
            .Set("c", SampleContents.File(SampleContents.Noise((2 * BlockSize) + 100, 1)))
            .Build();

        var (image, summary) = directory.Pack(tree, Options with { FindDuplicates = false });

        ImageAssert.Holds(tree, image);
        Assert.Equal((0, 0), (summary.DuplicateFiles, summary.DuplicateTails));
        Assert.Equal(6, summary.Blocks);
        Assert.InRange(summary.Bytes, 3 * content.Length, long.MaxValue);
    }

    [Fact]
    public void Zeros_are_stored_when_holes_are_not_wanted()
    {
        using var directory = new TemporaryDirectory();
        var tree = new FileTreeBuilder()
            .Set("zeros", SampleContents.File(new byte[(3 * BlockSize) + 1]))
            .Set("small-zeros", SampleContents.File(new byte[10]))
            .Build();

        var (image, summary) = directory.Pack(tree, Options with { KeepSparse = false });

        ImageAssert.Holds(tree, image);
        Assert.Equal(0, summary.SparseBlocks);
        Assert.Equal(3, summary.Blocks);
        Assert.Equal(1, summary.Fragments);
    }

    [Fact]
    public void Files_with_one_content_object_are_read_once()
    {
        using var directory = new TemporaryDirectory();
        var reads = 0;
        var content = new FaultyContent(BlockSize + 1, () =>
        {
            Interlocked.Increment(ref reads);
            return new MemoryStream(SampleContents.Text(BlockSize + 1, 1));
        });
        var tree = new FileTreeBuilder()
            .Set("a", new FileEntry(EntryMetadata.File, content))
            .Set("b", new FileEntry(EntryMetadata.Executable, content))
            .Build();

        var (image, summary) = directory.Pack(tree, Options);

        Assert.Equal(1, reads);
        Assert.Equal(1, summary.DuplicateFiles);
        ImageAssert.Holds(tree, image);
    }

    [Fact]
    public void Files_that_begin_alike_and_end_differently_keep_their_own_blocks()
    {
        // All have one size, so their blocks are held back as long as they equal an earlier file's.
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        var original = SampleContents.Text((8 * BlockSize) + 10, 1);
        original.AsSpan(BlockSize, 2 * BlockSize).Clear();
        builder.Set("00-original", SampleContents.File(original));
        for (var block = 0; block <= 8; block++)
        {
            var changed = (byte[])original.Clone();
            changed[block * BlockSize] ^= 0xFF;
            builder.Set($"changed-{block}", SampleContents.File(changed));
            builder.Set($"changed-{block}-again", SampleContents.File(changed.ToArray()));
        }

        var tree = builder.Build();

        ImageAssert.Holds(tree, directory.Pack(tree, Options with { Fragments = SquashFsFragments.SmallFiles }).Image);

        var (image, summary) = directory.Pack(tree, Options);
        ImageAssert.Holds(tree, image);

        // The file that differs only in its tail shares its blocks but not the tail; nine more are copies.
        Assert.Equal(9, summary.DuplicateFiles);
        Assert.Equal(17, summary.DuplicateTails);
    }

    [Fact]
    public void A_tail_may_equal_a_small_file()
    {
        using var directory = new TemporaryDirectory();
        var tail = SampleContents.Noise(77, 9);
        var tree = new FileTreeBuilder()
            .Set("large", SampleContents.File((byte[])[.. SampleContents.Noise(BlockSize, 1), .. tail]))
            .Set("small", SampleContents.File(tail))
            .Build();

        var (image, summary) = directory.Pack(tree, Options);

        ImageAssert.Holds(tree, image);
        Assert.Equal(1, summary.DuplicateTails);
        Assert.Equal(1, summary.DuplicateFiles);
    }

    [Fact]
    public void Sparse_files_count_their_holes_and_share_them()
    {
        using var directory = new TemporaryDirectory();
        var holes = new byte[(6 * BlockSize) + 9];
        holes[3 * BlockSize] = 1;
        var tree = new FileTreeBuilder()
            .Set("zeros", SampleContents.File(new byte[(3 * BlockSize) + 1]))
            .Set("zeros-again", SampleContents.File(new byte[(3 * BlockSize) + 1]))
            .Set("small-zeros", SampleContents.File(new byte[10]))
            .Set("holes", SampleContents.File(holes))
            .Set("holes-again", SampleContents.File(holes.ToArray()))
            .Build();

        var (image, summary) = directory.Pack(tree, Options);

        ImageAssert.Holds(tree, image);
        Assert.Equal(1, summary.Blocks);
        Assert.Equal(0, summary.Fragments);
        Assert.Equal(2, summary.DuplicateFiles);
    }

    private static void AssertSame(SparseContent expected, string path)
    {
        // The blocks with marks are compared byte by byte. No more than those has disk space: all others are zeros.
        const int Block = 1024 * 1024;
        using var actual = File.OpenHandle(path);
        Assert.Equal(expected.Length, RandomAccess.GetLength(actual));
        var blocks = expected.Marks
            .SelectMany(mark => (long[])[mark.Offset / Block, (mark.Offset + mark.Bytes.Length - 1) / Block])
            .Distinct()
            .ToList();
        foreach (var block in blocks)
        {
            var left = expected.Slice(block * Block, Block);
            var right = new byte[Block];
            Assert.Equal(Block, RandomAccess.Read(actual, right, block * Block));
            Assert.True(left.AsSpan().SequenceEqual(right), $"The content differs in block {block}.");
        }

        var allocated = long.Parse(Tool.RunText("stat", "--format=%b", path).Trim(), System.Globalization.CultureInfo.InvariantCulture) * 512;
        Assert.InRange(allocated, 1, (blocks.Count * Block) + 65_536);
    }
}
