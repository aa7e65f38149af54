using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>What <c>unsquashfs -stat</c> tells about an image.</summary>
public class SuperblockTests
{
    public static TheoryData<SquashFsCompression, string, string[]> Compressions() => new()
    {
        { new ZstdCompression(), "Compression zstd", [] },
        { new ZstdCompression(15), "Compression zstd", [] },
        { new ZstdCompression(3), "Compression zstd", ["compression-level 3"] },
        { new ZstdCompression(22), "Compression zstd", ["compression-level 22"] },
        { new GzipCompression(), "Compression gzip", [] },
        {
            new GzipCompression { WindowBits = 9 },
            "Compression gzip",
            ["compression-level 9", "window-size 9", "Strategies selected: default"]
        },
        { new GzipCompression(4), "Compression gzip", ["compression-level 4", "window-size 15", "Strategies selected: default"] },
        {
            new GzipCompression { Strategies = GzipStrategies.Default | GzipStrategies.Filtered },
            "Compression gzip",
            ["compression-level 9", "window-size 15", "Strategies selected: default, filtered"]
        },
        { new XzCompression(), "Compression xz", [] },
        { new XzCompression(9) { DictionarySize = 128 * 1024 }, "Compression xz", [] },
        { new XzCompression { DictionarySize = 96 * 1024 }, "Compression xz", ["Dictionary size 98304"] },
        {
            new XzCompression { Filters = XzFilters.X86 | XzFilters.ArmThumb },
            "Compression xz",
            ["Dictionary size 131072", "Filters selected: x86, armthumb"]
        },
        { new Lz4Compression(), "Compression lz4", [] },
        { new Lz4Compression(12), "Compression lz4", ["High Compression option specified (-Xhc)"] },
        { new NoCompression(), "Data is uncompressed", [] },
    };

    [Theory]
    [MemberData(nameof(Compressions))]
    public void The_codec_and_options_that_are_not_its_defaults_are_told(SquashFsCompression compression, string expected, string[] details)
    {
        string[] all = ["compression-level", "window-size", "strategies", "Dictionary size", "Filters selected", "High Compression"];
        var lines = Describe(new SquashFsOptions { Compression = compression });

        Assert.Contains(expected, lines);
        Assert.Equal(
            details,
            lines.Where(line => Array.Exists(all, detail => line.Contains(detail, StringComparison.OrdinalIgnoreCase))));
    }

    [Fact]
    public void Sizes_counts_and_flags_are_told()
    {
        var lines = Describe(new SquashFsOptions { BlockSize = 4096, ModificationTime = 1_700_000_000 });

        Assert.Contains("Block size 4096", lines);
        Assert.Contains("Number of inodes 4", lines);
        Assert.Contains("Number of fragments 1", lines);
        Assert.Contains("Number of ids 2", lines);
        Assert.Contains("Creation or last append time Tue Nov 14 22:13:20 2023", lines);
        Assert.Contains("Filesystem is exportable via NFS", lines);
        Assert.Contains("Always-use-fragments option is specified", lines);
        Assert.Contains("Duplicates are removed", lines);
        Assert.Contains("Xattrs are compressed", lines);
    }

    [Fact]
    public void Options_that_are_off_are_told()
    {
        var lines = Describe(new SquashFsOptions { Exportable = false, Fragments = SquashFsFragments.SmallFiles });

        Assert.Contains("Filesystem is not exportable via NFS", lines);
        Assert.Contains("Always-use-fragments option is not specified", lines);
    }

    [Theory]
    [InlineData(SquashFsTimes.Kept, 50, 5_000)]
    [InlineData(SquashFsTimes.Clamped, 50, 1_000)]
    [InlineData(SquashFsTimes.Replaced, 1_000, 1_000)]
    public void Times_follow_the_rule(SquashFsTimes times, long early, long late)
    {
        using var directory = new TemporaryDirectory();
        FileTree Tree(long first, long second, long root) => new FileTreeBuilder()
            .Set(TreePath.Root, new DirectoryEntry(EntryMetadata.Directory with { ModifiedTime = root }))
            .Set("early", SampleContents.File("e"u8.ToArray(), EntryMetadata.File with { ModifiedTime = first }))
            .Set("late", new FifoEntry(EntryMetadata.File with { ModifiedTime = second }))
            .Build();

        var (image, _) = directory.Pack(Tree(50, 5_000, 50), new SquashFsOptions { Times = times, ModificationTime = 1_000 });

        ImageAssert.Holds(Tree(early, late, early), image);
        Assert.Equal("1000", Tool.RunText("unsquashfs", "-mkfs-time", image).Trim());
    }

    private static List<string> Describe(SquashFsOptions options)
    {
        using var directory = new TemporaryDirectory();
        var attributes = new ExtendedAttributes([new ExtendedAttribute("user.a", "b"u8.ToArray())]);
        var tree = new FileTreeBuilder()
            .Set("directory/file", SampleContents.File("text"u8.ToArray(), EntryMetadata.File with { UserId = 5 }))
            .Set("fifo", new FifoEntry(EntryMetadata.File with { ExtendedAttributes = attributes }))
            .Build();
        var (image, _) = directory.Pack(tree, options);
        return [.. Tool.RunText("unsquashfs", "-UTC", "-stat", image).Split('\n').Select(line => line.Trim())];
    }
}
