using Compose.FileTrees.Caching;
using Compose.FileTrees.Storage;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using CsCheck;

namespace Compose.SquashFs.Tests;

/// <summary>A cache changes what an image costs, and no byte of it.</summary>
public sealed class CacheTests : IDisposable
{
    private const int BlockSize = 8192;

    private readonly TemporaryDirectory _directory = new();
    private readonly ContentStore _store;
    private readonly SquashFsOptions _options;

    public CacheTests()
    {
        _store = new ContentStore(_directory.File("store"));
        _options = new SquashFsOptions { BlockSize = BlockSize, Compression = new ZstdCompression(3), Cache = new BlockCache(_directory.File("blocks")) };
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("lz4")]
    [InlineData("none")]
    public void Cold_warm_and_no_cache_give_the_same_bytes_on_any_number_of_threads(string compression)
    {
        var options = _options with { Compression = SampleCompressions.Fast(compression) };
        var tree = MixedTree();
        foreach (var source in (FileTree[])[tree, tree.StoreContents(_store)])
        {
            var expected = Write(source, options with { Cache = null, Threads = 1 });
            foreach (var threads in (int[])[1, 2, 3, 8])
            {
                var cache = new BlockCache(_directory.File($"blocks{threads}"));
                Assert.Equal(expected, Write(source, options with { Threads = threads, Cache = cache }));
                Assert.Equal(expected, Write(source, options with { Threads = threads, Cache = cache }));
            }
        }
    }

    [Fact]
    public void A_second_image_compresses_nothing()
    {
        var tree = MixedTree();
        var cold = Summarize(tree, _options);
        var warm = Summarize(tree, _options);

        // Equal blocks in files that are not equal are compressed once even in the first image.
        Assert.InRange(cold.CachedBlocks, 1, (cold.Blocks + cold.Fragments) / 2);
        Assert.Equal(warm.Blocks + warm.Fragments, warm.CachedBlocks);
        Assert.Equal(cold with { CachedBlocks = 0, Timings = warm.Timings }, warm with { CachedBlocks = 0 });
    }

    [Fact]
    public void One_changed_file_costs_its_blocks()
    {
        Summarize(MixedTree(), _options);
        var changed = new FileTreeBuilder(MixedTree()).Set("large/3", SampleContents.File(SampleContents.Text(5 * BlockSize, 99))).Build();

        var summary = Summarize(changed, _options);

        Assert.Equal(summary.Blocks + summary.Fragments - 5, summary.CachedBlocks);
    }

    [Fact]
    public void Contents_of_the_store_are_not_read_a_second_time()
    {
        // Text only: a block that does not shrink is stored as it is, and has to be read.
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 40; i++)
        {
            builder.Set($"{i}", SampleContents.File(SampleContents.Text(1 + (i * 1777), (ulong)i)));
        }

        var tree = builder.Set("sparse", SampleContents.File(new byte[5 * BlockSize])).Set("zeros", SampleContents.File(new byte[300])).Build()
            .StoreContents(_store);
        var expected = Write(tree, _options);
        Directory.Delete(Path.Combine(_store.Directory, "blobs"), recursive: true);

        Assert.Equal(expected, Write(tree, _options));
    }

    [Fact]
    public void Of_the_contents_of_the_store_only_what_is_missing_is_read()
    {
        var first = new FileTreeBuilder()
            .Set("a", SampleContents.File(SampleContents.Text(20 * BlockSize, 1)))
            .Set("b", SampleContents.File(SampleContents.Text(100, 2))).Build().StoreContents(_store);
        Write(first, _options);
        var second = new FileTreeBuilder(first)
            .Set("c", SampleContents.File(SampleContents.Text(3 * BlockSize, 3))).Build().StoreContents(_store);
        File.Delete(((BlobContent)((FileEntry)first[1].Entry).Content).HostPath);

        var image = _directory.Pack(second, _options).Image;

        ImageAssert.Holds(new FileTreeBuilder(second).Set("a", SampleContents.File(SampleContents.Text(20 * BlockSize, 1))).Build(), image);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(BlockSize)]
    [InlineData((3 * BlockSize) + 100)]
    public void A_damaged_content_of_the_store_is_noticed_without_a_cache(int length)
    {
        foreach (var zeros in (bool[])[false, true])
        {
            var bytes = SampleContents.Text(length, 1);
            var tree = new FileTreeBuilder().Set("file", SampleContents.File(bytes)).Build().StoreContents(_store);
            var content = (BlobContent)((FileEntry)tree[1].Entry).Content;
            File.WriteAllBytes(content.HostPath, zeros ? new byte[length] : [.. bytes[..^1], (byte)~bytes[^1]]);

            var exception = Assert.Throws<DiagnosticException>(() => Write(tree, _options with { Cache = null }));

            Assert.Equal("COMPOSE4004", exception.Diagnostic.Descriptor.Code);
            Assert.False(content.IsPresent);
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(BlockSize)]
    [InlineData((3 * BlockSize) + 100)]
    public void A_damaged_content_of_the_store_is_an_error_and_not_cached(int length)
    {
        var bytes = SampleContents.Text(length, 1);
        var tree = new FileTreeBuilder().Set("file", SampleContents.File(bytes)).Build().StoreContents(_store);
        var path = ((BlobContent)((FileEntry)tree[1].Entry).Content).HostPath;
        File.WriteAllBytes(path, [.. bytes[..^1], (byte)~bytes[^1]]);

        var exception = Assert.Throws<DiagnosticException>(() => Write(tree, _options));
        Assert.Equal("COMPOSE4004", exception.Diagnostic.Descriptor.Code);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);

        File.WriteAllBytes(path, bytes);
        ImageAssert.Holds(tree, _directory.Pack(tree, _options).Image);
        ImageAssert.Holds(tree, _directory.Pack(tree, _options).Image);
    }

    [Fact]
    public void A_damaged_cache_changes_nothing_but_the_time()
    {
        var tree = MixedTree().StoreContents(_store);
        var expected = Write(tree, _options);
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            foreach (var segment in Directory.GetFiles(_directory.File("blocks"), "*.blocks"))
            {
                var bytes = File.ReadAllBytes(segment);
                for (var i = 0; i < 10; i++)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                File.WriteAllBytes(segment, random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            }

            Assert.Equal(expected, Write(tree, _options));
        }
    }

    [Fact]
    public void Codecs_levels_and_block_sizes_do_not_share_blocks()
    {
        var tree = MixedTree();
        SquashFsOptions[] all =
        [
            _options, _options with { Compression = new ZstdCompression(4) }, _options with { BlockSize = 2 * BlockSize }, _options with { Compression = new GzipCompression() },
        ];
        foreach (var options in all.Select(options => options with { Threads = 1 }))
        {
            var alone = options with { Cache = new BlockCache(_directory.File($"{options.Compression} {options.BlockSize}")) };
            Assert.Equal(Summarize(tree, alone).CachedBlocks, Summarize(tree, options).CachedBlocks);
            Assert.Equal(Write(tree, options with { Cache = null }), Write(tree, options));
        }
    }

    [Fact]
    public void What_was_compressed_before_a_failure_is_kept()
    {
        var tree = new FileTreeBuilder()
            .Set("a", SampleContents.File(SampleContents.Text(400 * BlockSize, 1)))
            .Set("b", new FileEntry(EntryMetadata.File, FaultyContent.Unreadable(10 * BlockSize))).Build();
        Assert.Throws<DiagnosticException>(() => Write(tree, _options));

        Assert.InRange(Summarize(new FileTreeBuilder(tree).Set("b", SampleContents.File(default)).Build(), _options).CachedBlocks, 1, 400);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_told_and_harms_nothing()
    {
        File.WriteAllText(_directory.File("file"), "");
        var options = _options with { Cache = new BlockCache(_directory.File("file/blocks")) };

        Assert.NotNull(Summarize(MixedTree(), options).CacheFailure);
        Assert.Equal(Write(MixedTree(), _options with { Cache = null }), Write(MixedTree(), options));
        Assert.Null(Summarize(MixedTree(), _options).CacheFailure);
    }

    [Fact]
    public void Random_trees_give_the_same_bytes_from_one_cache()
    {
        for (var seed = 1u; seed <= 20; seed++)
        {
            Gen.Select(RandomTrees.Tree, RandomTrees.Options).Sample(
                (tree, options) =>
                {
                    var expected = Write(tree, options);
                    var cached = options with { Cache = _options.Cache };
                    Assert.Equal(expected, Write(tree, cached));
                    Assert.Equal(expected, Write(tree.StoreContents(_store), cached));
                    Assert.Equal(expected, Write(tree.StoreContents(_store), cached with { Threads = 5 - options.Threads }));
                },
                seed: new PCG(seed, 20261123).ToString(),
                iter: 1,
                threads: 1);
        }
    }

    /// <summary>Every way in which a content can lie in an image.</summary>
    private static FileTree MixedTree()
    {
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 60; i++)
        {
            builder.Set($"small/{i}", SampleContents.File(SampleContents.Text(1 + (i % 20 * 300), (ulong)(i % 25))));
        }

        for (var i = 0; i < 12; i++)
        {
            builder.Set($"large/{i}", SampleContents.File(SampleContents.Text(5 * BlockSize, (ulong)(i % 8))));
            var tail = SampleContents.Text((5 * BlockSize) + (i * 10), 3);
            tail[^1] ^= (byte)i;
            builder.Set($"alike/{i}", SampleContents.File(tail));
        }

        var sparse = new byte[8 * BlockSize];
        SampleContents.Noise(BlockSize, 1).CopyTo(sparse, 3 * BlockSize);
        return builder
            .Set("noise", SampleContents.File(SampleContents.Noise((4 * BlockSize) + 17, 7)))
            .Set("sparse", SampleContents.File(sparse))
            .Set("sparse tail", SampleContents.File(new byte[(2 * BlockSize) + 5]))
            .Set("zeros", SampleContents.File(new byte[100]))
            .Set("empty", SampleContents.File(default))
            .Build();
    }

    private static SquashFsSummary Summarize(FileTree tree, SquashFsOptions options) =>
        SquashFsWriter.Write(tree, new MemoryStream(), options, cancellationToken: TestContext.Current.CancellationToken);

    private static byte[] Write(FileTree tree, SquashFsOptions options)
    {
        using var stream = new MemoryStream();
        SquashFsWriter.Write(tree, stream, options, cancellationToken: TestContext.Current.CancellationToken);
        return stream.ToArray();
    }
}
