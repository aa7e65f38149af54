using System.Globalization;
using System.Text.RegularExpressions;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

public partial class SortListTests
{
    private const int BlockSize = 4096;

    private static readonly string[] Names = ["a/1", "a/2", "b/1", "b/deep/2", "c"];

    [Theory]
    [InlineData("", "c a/1 a/2 b/1 b/deep/2")]
    [InlineData("# nothing\n\n", "c a/1 a/2 b/1 b/deep/2")]
    [InlineData("c -1", "a/1 a/2 b/1 b/deep/2 c")]
    [InlineData("a -1\nb 32767", "b/1 b/deep/2 c a/1 a/2")]
    [InlineData("/b/ 5\nb/deep -32768", "b/1 c a/1 a/2 b/deep/2")]
    [InlineData("*/1\t7", "a/1 b/1 c a/2 b/deep/2")]
    [InlineData("**/2 7\na/2 8", "a/2 b/deep/2 c a/1 b/1")]
    [InlineData("a/* 1\na/2 2\nb 3\nb/1 -3", "b/deep/2 a/2 a/1 c b/1")]
    [InlineData("a/2 2\na/? 1\na/? 4", "a/1 a/2 c b/1 b/deep/2")]
    public void Contents_lie_in_the_order_of_the_list(string list, string expected)
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 0; i < Names.Length; i++)
        {
            // Some have tails.
            builder.Set(Names[i], SampleContents.File(SampleContents.Noise((2 * BlockSize) + (i % 2 * 10), (ulong)i)));
        }

        var tree = builder.Build();
        var options = new SquashFsOptions { BlockSize = BlockSize, SortList = SquashFsSortList.Parse(new StringReader(list), "list") };

        var (image, _) = directory.Pack(tree, options);

        Assert.Equal(expected.Split(' '), Names.OrderBy(name => StartOf(image, name)));
        ImageAssert.Holds(tree, image);
        using var single = new MemoryStream();
        SquashFsWriter.Write(tree, single, options with { Threads = 1 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(image), single.ToArray());
    }

    [Fact]
    public void A_file_with_several_names_takes_the_highest_priority_of_them()
    {
        using var directory = new TemporaryDirectory();
        var linked = SampleContents.File(SampleContents.Noise(BlockSize, 1));
        var tree = new FileTreeBuilder()
            .Set("a", SampleContents.File(SampleContents.Noise(BlockSize, 2)))
            .Set("b", linked)
            .Set("c", linked)
            .Build();

        var list = new SquashFsSortList([new SquashFsSortLine("b", -5), new SquashFsSortLine("c", 5)]);
        var (image, _) = directory.Pack(tree, new SquashFsOptions { BlockSize = BlockSize, SortList = list });

        Assert.True(StartOf(image, "b") < StartOf(image, "a"));
        ImageAssert.Holds(tree, image);
    }

    [Fact]
    public void A_backslash_takes_the_meaning_from_a_space()
    {
        var list = SquashFsSortList.Parse(new StringReader("with\\ space\\  -3\n  back\\\\slash   4  "), "list");

        Assert.Equal([new SquashFsSortLine("with space ", -3), new SquashFsSortLine("back\\slash", 4)], list.Lines);
    }

    [Theory]
    [InlineData("a 1\nb", "list(2): 'b' has no priority")]
    [InlineData("\n#\nb\\ 1", "list(3): 'b\\ 1' has no priority")]
    [InlineData("a x", "list(1): 'x' is not a priority")]
    [InlineData("a 32768", "list(1): '32768' is not a priority")]
    [InlineData("a -32769", "list(1): '-32769' is not a priority")]
    [InlineData("../a 1", "list(1): '../a' is not a pattern")]
    [InlineData("[a 1", "list(1): '[a' has a '['")]
    public void A_wrong_line_is_named(string list, string expected)
    {
        var exception = Assert.Throws<DiagnosticException>(() => SquashFsSortList.Parse(new StringReader(list), "list"));

        Assert.Equal("COMPOSE4013", exception.Diagnostic.Descriptor.Code);
        Assert.StartsWith(expected, exception.Diagnostic.Message, StringComparison.Ordinal);
    }

    private static long StartOf(string image, string path)
    {
        var facts = Tool.RunText("rdsquashfs", "--stat", path, image);
        return long.Parse(BlocksStart().Match(facts).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("Blocks start: ([0-9]+)")]
    private static partial Regex BlocksStart();
}
