using System.Text;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

public class CompressionLevelChooserTests
{
    public static TheoryData<string> WithLevels() => [.. SquashFsCompression.Names.Where(name => name != "none")];

    [Theory]
    [MemberData(nameof(WithLevels))]
    public void Higher_levels_are_slower_and_all_exist(string name)
    {
        var compression = SquashFsCompression.Parse(name);
        var speeds = CompressionSpeeds.Of(compression);

        Assert.Equal(speeds.OrderBy(speed => speed.Level), speeds);
        Assert.Equal(speeds.OrderByDescending(speed => speed.MegabytesPerSecond), speeds);
        Assert.All(speeds, speed => Assert.True(compression.Levels!.Value.Contains(speed.Level)));
    }

    [Theory]
    [InlineData(0.01, 1, false)]
    [InlineData(1.56, 1, true)]
    [InlineData(8.78, 9, true)]
    [InlineData(8.76, 7, true)]
    [InlineData(66.7, 15, true)]
    [InlineData(66.6, 12, true)]
    [InlineData(100_000, 22, true)]
    public void The_highest_level_within_the_time_is_chosen(double seconds, int level, bool isWithinBudget)
    {
        // A gigabyte that is not read: only its size counts, and equal contents count once.
        var content = new SparseContent(1_000_000_000);
        var tree = new FileTreeBuilder()
            .Set("a", new FileEntry(EntryMetadata.File, content))
            .Set("b", new FileEntry(EntryMetadata.File, content))
            .Build();

        var choice = CompressionLevelChooser.ForTime(tree, new SquashFsOptions(), TimeSpan.FromSeconds(seconds));

        Assert.Equal(new ZstdCompression(level), choice.Compression);
        Assert.Equal(isWithinBudget, choice.IsWithinBudget);
        Assert.Contains($"Level {level} of zstd", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cheapest_level_within_the_size_is_chosen()
    {
        var tree = Words();
        long SizeAt(int level) => Size(tree, new ZstdCompression(level));
        var (fast, middle) = (SizeAt(1), SizeAt(5));
        Assert.True(middle < fast * 0.97, $"{fast} {middle}");

        Assert.Equal(new ZstdCompression(1), Choose(tree, fast * 102 / 100).Compression);
        var choice = Choose(tree, middle * 101 / 100);

        Assert.True(choice.IsWithinBudget);
        Assert.InRange(Size(tree, choice.Compression), 1, middle * 103 / 100);
        Assert.NotEqual(new ZstdCompression(1), choice.Compression);
        Assert.Equal(choice, Choose(tree, middle * 101 / 100, threads: 3));
    }

    [Fact]
    public void A_size_that_cannot_be_reached_gives_the_smallest()
    {
        var choice = Choose(Words(), 1_000);

        Assert.False(choice.IsWithinBudget);
        Assert.Contains("the budget is 0.0 MB", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_tree_keeps_every_budget()
    {
        Assert.Equal(new ZstdCompression(1), Choose(FileTree.Empty, 1).Compression);
        Assert.True(CompressionLevelChooser.ForTime(FileTree.Empty, new SquashFsOptions(), TimeSpan.FromSeconds(1)).IsWithinBudget);
    }

    [Fact]
    public void The_next_level_is_told_until_the_last()
    {
        Assert.Equal(new GzipCompression(9), CompressionLevelChooser.NextHigher(new GzipCompression(6)));
        Assert.Equal(new GzipCompression(6), CompressionLevelChooser.NextHigher(new GzipCompression(4)));
        Assert.Null(CompressionLevelChooser.NextHigher(new GzipCompression(9)));
        Assert.Throws<ArgumentException>(() => CompressionLevelChooser.NextHigher(new NoCompression()));
    }

    private static CompressionLevelChoice Choose(FileTree tree, long budget, int threads = 1) =>
        CompressionLevelChooser.ForSize(tree, new SquashFsOptions { Threads = threads }, budget, TestContext.Current.CancellationToken);

    private static long Size(FileTree tree, SquashFsCompression compression) => SquashFsWriter.Write(
        tree, new MemoryStream(), new SquashFsOptions { Compression = compression }, cancellationToken: TestContext.Current.CancellationToken).Bytes;

    /// <summary>Words in an order that is not quite random, so that a longer search finds more.</summary>
    private static FileTree Words()
    {
        var builder = new FileTreeBuilder();
        for (var file = 0; file < 10; file++)
        {
            var text = new StringBuilder();
            var noise = SampleContents.Noise(40_000, (ulong)file);
            for (var i = 0; i + 1 < noise.Length; i += 2)
            {
                text.Append("word").Append(noise[i] * noise[i + 1] / 90).Append(i % 3 == 0 ? '\n' : ' ');
            }

            builder.SetText($"file-{file}", text.ToString());
        }

        return builder.Build();
    }
}
