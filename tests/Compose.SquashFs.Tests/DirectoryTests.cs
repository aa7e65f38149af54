using System.Text;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

public class DirectoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(300)]
    [InlineData(2_000)]
    [InlineData(100_000)]
    public void A_directory_holds_any_number_of_files(int count)
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.ManyFiles(count);

        var (image, summary) = directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) });

        ImageAssert.Holds(tree, image);
        Assert.Equal(count + 2, summary.Inodes);
    }

    [Fact]
    public void Many_directories_beside_each_other_survive()
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 3_000; i++)
        {
            builder.SetText($"d{i % 50}/e{i}/file", "x");
        }

        var tree = builder.Build();

        ImageAssert.Holds(tree, directory.Pack(tree).Image);
    }

    [Fact]
    public void A_directory_of_long_names_survives()
    {
        // 4 MB of listing in 500 metadata blocks: each has a point in the directory's index.
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 16_000; i++)
        {
            builder.SetText($"long/{i:D5}{new string('n', 250)}", "");
        }

        var tree = builder.Build();

        ImageAssert.Holds(tree, directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) }).Image);
    }

    [Fact]
    public void A_deep_tree_survives()
    {
        using var directory = new TemporaryDirectory();
        var path = TreePath.Root;
        for (var depth = 0; depth < 1_500; depth++)
        {
            path = path.Child("d");
        }

        var tree = new FileTreeBuilder().Set(path.Child("file"), SampleContents.File("deep"u8.ToArray())).Build();

        ImageAssert.Holds(tree, directory.Pack(tree).Image);
    }

    [Fact]
    public void Names_of_one_directory_may_link_to_inodes_far_away()
    {
        // The numbers of the inodes are further apart than one header of a listing can express.
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        var files = new FileEntry[70_000];
        for (var i = 0; i < files.Length; i++)
        {
            files[i] = SampleContents.File(ReadOnlyMemory<byte>.Empty);
            builder.Set($"a/{i:D5}", files[i]);
        }

        for (var i = 0; i < 2_000; i++)
        {
            builder.Set($"b/{i:D4}", files[i * 35 % files.Length]);
            builder.Set($"b/{i:D4}-other-end", files[^(i + 1)]);
        }

        var tree = builder.Build();

        ImageAssert.Holds(tree, directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) }).Image);
    }

    [Fact]
    public void One_directory_entry_at_two_paths_is_two_directories()
    {
        using var directory = new TemporaryDirectory();
        var shared = new DirectoryEntry(EntryMetadata.Directory);
        var tree = new FileTreeBuilder().Set("a", shared).Set("b", shared).SetText("a/file", "a").SetText("b/file", "b").Build();

        var (image, summary) = directory.Pack(tree);

        ImageAssert.Holds(tree, image);
        Assert.Equal(5, summary.Inodes);
    }

    [Fact]
    public void Directories_count_the_directories_in_them_as_links()
    {
        using var directory = new TemporaryDirectory();
        var tree = new FileTreeBuilder().SetText("top/one/file", "").SetText("top/two/file", "").SetText("top/file", "").Build();

        var (image, _) = directory.Pack(tree);

        Assert.Contains("Link Count: 4", Describe(image, "top"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Link Count: 2", Describe(image, "top/one"), StringComparison.OrdinalIgnoreCase);

        static string Describe(string image, string path) => Tool.RunText("rdsquashfs", "--stat", path, image);
    }

    [Fact]
    public void A_name_of_256_bytes_is_held_and_one_more_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var longest = new FileTreeBuilder().SetText(new string('n', 256), "x").Build();
        var tooLong = new FileTreeBuilder().SetText("d/" + new string('n', 257), "x").Build();

        ImageAssert.IsReadByUnsquashfs(ExpectedTree.Of(longest), directory.Pack(longest).Image);
        var exception = Assert.Throws<DiagnosticException>(() => SquashFsWriter.WriteFile(tooLong, directory.File("other")));

        Assert.Equal("COMPOSE4001", exception.Diagnostic.Descriptor.Code);
        Assert.Contains("257", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(directory.File("other")));
    }

    [Fact]
    public void The_listing_of_rdsquashfs_names_every_path()
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(4096);

        var (image, _) = directory.Pack(tree, new SquashFsOptions { BlockSize = 4096, Compression = new ZstdCompression(1) });
        var lines = Tool.RunText("rdsquashfs", "--describe", image).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // The description has a line for each path but the root.
        Assert.Equal(tree.Count - 1, lines.Length);
        Assert.Contains($"nod kinds/character 0666 0 0 c 1 3", lines);
        Assert.Contains($"dir names 0755 0 0", lines);
        Assert.Contains(lines, line => line.Contains(Encoding.Latin1.GetString([0xFF, 0xFE]), StringComparison.Ordinal));
    }
}
