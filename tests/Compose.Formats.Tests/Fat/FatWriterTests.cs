using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Fat;
using CsCheck;

namespace Compose.Formats.Tests.Fat;

public class FatWriterTests
{
    private const long MiB = 1024 * 1024;
    private static readonly FatOptions Options = new(64 * MiB, 0x79FEF55C, "EFI-SYSTEM", new DateTimeOffset(2024, 2, 29, 13, 14, 16, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void An_EFI_system_partition_is_valid_and_its_files_read_back()
    {
        using var folder = new TemporaryDirectory();
        var kernel = TestData.Noise(5_000_001, seed: 1);
        var tree = new FileTreeBuilder()
            .Set("EFI/BOOT/BOOTX64.EFI", File(kernel))
            .Set("EFI/Linux/compose-os_1.2.3.efi", File(TestData.Noise(512, seed: 2)))
            .Set("loader/loader.conf", File("timeout 0\n"u8.ToArray()))
            .Set("loader/empty", File([]))
            .Set("loader/entries", new DirectoryEntry(EntryMetadata.Directory))
            .Build();
        var image = Write(folder, tree, Options);

        Assert.Equal(64 * MiB, new FileInfo(image).Length);
        Check(image);
        AssertReadsBack(folder, image, tree);
        Assert.Contains("Volume Serial Number is 79FE-F55C", ExternalTool.Run("mdir", "-i", image, "::"));
        Assert.Contains("Volume in drive : is EFI-SYSTEM", ExternalTool.Run("mdir", "-i", image, "::"));
        var listing = ExternalTool.Run("mdir", "-i", image, "::loader");
        Assert.Matches(@"LOADER~1 CON +10 2024-02-29 +13:14 +loader\.conf", listing);
        Assert.Contains("TYPE=\"vfat\"", ExternalTool.Run("blkid", "-p", image));
        Assert.Contains("VERSION=\"FAT32\"", ExternalTool.Run("blkid", "-p", image));
    }

    [Theory]
    [InlineData(34, 1)]
    [InlineData(64, 1)]
    [InlineData(260, 1)]
    [InlineData(261, 8)]
    [InlineData(1024, 8)]
    [InlineData(9 * 1024, 16)]
    public void Every_size_is_FAT32_with_the_usual_clusters(int mebibytes, int sectorsPerCluster)
    {
        using var folder = new TemporaryDirectory();
        var tree = new FileTreeBuilder().Set("EFI/BOOT/BOOTX64.EFI", File(TestData.Noise(100_000, seed: 3))).Build();
        var image = Write(folder, tree, Options with { Size = mebibytes * MiB });
        Check(image);
        AssertReadsBack(folder, image, tree);
        var info = ExternalTool.Run("minfo", "-i", image, "::");
        Assert.Matches($@"cluster size: {sectorsPerCluster} sectors", info);
        Assert.Contains("disk type=\"FAT32   \"", info);
    }

    [Fact]
    public void Names_of_every_kind_read_back()
    {
        using var folder = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        string[] names =
        [
            "UPPER.TXT", "lower.txt", "Mixed.Txt", "noextension", "NOEXT", ".hidden", "two.dots.tar.gz", "with space.txt",
            "exactly13char", "exactly-fourteen".PadRight(26, 'x'), new string('n', 255), "grüße-日本.txt", "a+b,c;d=[e].txt",
            "LONGER~1", "longername-one", "longername-two", "~", "A", "!#$%&'()-@^_`{}~"
        ];
        foreach (var name in names)
        {
            builder.Set(name, File(System.Text.Encoding.UTF8.GetBytes(name)));
        }

        // Many long names with the same first letters need many different short ones.
        for (var i = 0; i < 300; i++)
        {
            builder.Set($"many/a-long-name-number-{i}.extension", File([(byte)i]));
        }

        var tree = builder.Build();
        var image = Write(folder, tree, Options);
        Check(image);
        AssertReadsBack(folder, image, tree);
    }

    [Fact]
    public void A_directory_fills_its_clusters_exactly_or_just_not()
    {
        using var folder = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        foreach (var count in new[] { 13, 14, 15, 16, 17, 30, 31 })
        {
            for (var i = 0; i < count; i++)
            {
                builder.Set($"D{count}/F{i}", File([(byte)i]));
            }
        }

        var tree = builder.Build();
        var image = Write(folder, tree, Options);
        Check(image);
        AssertReadsBack(folder, image, tree);
    }

    [Fact]
    public void A_volume_without_a_label_is_valid()
    {
        using var folder = new TemporaryDirectory();
        var image = Write(folder, FileTree.Empty, Options with { Label = "" });
        Check(image);
        Assert.Contains("has no label", ExternalTool.Run("mdir", "-a", "-i", image, "::"));
    }

    [Fact]
    public void Random_trees_are_valid_and_read_back()
    {
        var name = Gen.String[Gen.Char["abAB.-_ 0é"], 1, 20].Select(text => text.TrimEnd('.', ' ')).Where(text => text.Length > 0 && text is not ("." or ".."));
        var file = Gen.Select(name, name, Gen.Int[0, 3000]);
        file.Array[0, 40].Sample(
            files =>
            {
                using var folder = new TemporaryDirectory();
                var builder = new FileTreeBuilder();
                var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                var directories = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                foreach (var (directory, child, length) in files)
                {
                    // FAT does not tell names apart that differ in case: use the first spelling.
                    var parent = "d" + directory;
                    directories.TryAdd(parent, parent);
                    if (seen.Add($"{parent}/{child}"))
                    {
                        builder.Set($"{directories[parent]}/{child}", File(TestData.Noise(length, length)));
                    }
                }

                var tree = builder.Build();
                var image = Write(folder, tree, Options with { Size = 34 * MiB });
                Check(image);
                AssertReadsBack(folder, image, tree);
            },
            seed: "0000KeRvtYs4", iter: 15, threads: 1);
    }

    [Fact]
    public void The_same_files_give_the_same_bytes_and_only_what_is_used_takes_space()
    {
        using var folder = new TemporaryDirectory();
        var tree = new FileTreeBuilder().Set("EFI/BOOT/BOOTX64.EFI", File(TestData.Noise(10_000, seed: 4))).Build();
        var first = System.IO.File.ReadAllBytes(Write(folder, tree, Options, "a"));
        var second = System.IO.File.ReadAllBytes(Write(folder, tree, Options, "b"));
        Assert.True(first.AsSpan().SequenceEqual(second));
        Assert.True(long.Parse(ExternalTool.Run("stat", "-c", "%b", folder["a"]), System.Globalization.CultureInfo.InvariantCulture) < 200);
    }

    [Fact]
    public void Files_that_do_not_fit_are_refused_with_the_size_that_would_do()
    {
        using var folder = new TemporaryDirectory();
        var tree = new FileTreeBuilder().Set("BIG", new FileEntry(EntryMetadata.File, new HostFileContent("/nowhere", 70 * MiB))).Build();
        var failure = Assert.Throws<DiagnosticException>(() => Write(folder, tree, Options));
        Assert.Equal("COMPOSE4201", failure.Diagnostic.Descriptor.Code);
        var size = System.Text.RegularExpressions.Regex.Match(failure.Message, @"at least (\d+) MiB").Groups[1].Value;

        System.IO.File.WriteAllBytes(folder["big"], new byte[70 * MiB]);
        var fitting = new FileTreeBuilder().Set("BIG", new FileEntry(EntryMetadata.File, new HostFileContent(folder["big"], 70 * MiB))).Build();
        Check(Write(folder, fitting, Options with { Size = long.Parse(size, System.Globalization.CultureInfo.InvariantCulture) * MiB }));
    }

    [Fact]
    public void A_volume_that_is_completely_full_is_valid()
    {
        using var folder = new TemporaryDirectory();
        var geometry = FatGeometry.For(Options.Size);
        var tree = new FileTreeBuilder().Set("BIG", File(new byte[(geometry.Clusters - 1) * geometry.ClusterSize])).Build();
        Check(Write(folder, tree, Options));
    }

    [Fact]
    public void A_volume_too_small_for_FAT32_is_refused()
    {
        using var folder = new TemporaryDirectory();
        var failure = Assert.Throws<DiagnosticException>(() => Write(folder, FileTree.Empty, Options with { Size = 32 * MiB }));
        Assert.Equal("COMPOSE4201", failure.Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("has:colon")]
    [InlineData("question?")]
    [InlineData("tab\tname")]
    [InlineData("ends.with.dot.")]
    [InlineData("ends with space ")]
    public void A_name_that_FAT_does_not_allow_is_refused(string name)
    {
        using var folder = new TemporaryDirectory();
        AssertRefused(folder, new FileTreeBuilder().Set(name, File([])));
    }

    [Fact]
    public void What_FAT_cannot_hold_is_refused()
    {
        using var folder = new TemporaryDirectory();
        AssertRefused(folder, new FileTreeBuilder().Set("link", new SymlinkEntry("target")));
        AssertRefused(folder, new FileTreeBuilder().Set("pipe", new FifoEntry(EntryMetadata.File)));
        AssertRefused(folder, new FileTreeBuilder().Set("EFI", File([])).Set("efi", File([])));
        AssertRefused(folder, new FileTreeBuilder().Set(TreePath.Root.Child([0xFF]), File([])));
        AssertRefused(folder, new FileTreeBuilder().Set(new string('ü', 256 / 2), File([])).Set(TreePath.Root.Child(new string('n', 256)), File([])));
        AssertRefused(folder, new FileTreeBuilder().Set("huge", new FileEntry(EntryMetadata.File, new HostFileContent("/nowhere", 1L << 32))));
    }

    [Theory]
    [InlineData("lower")]
    [InlineData("TWELVE-CHARS")]
    [InlineData("A/B")]
    public void A_label_that_FAT_does_not_allow_is_refused(string label)
    {
        using var folder = new TemporaryDirectory();
        Assert.Throws<ArgumentException>(() => Write(folder, FileTree.Empty, Options with { Label = label }));
    }

    private static FileEntry File(byte[] bytes) => new(EntryMetadata.File, new BytesContent(bytes));

    private static string Write(TemporaryDirectory folder, FileTree tree, FatOptions options, string name = "fat.img")
    {
        using var output = System.IO.File.Create(folder[name]);
        FatWriter.Write(tree, options, output, Cancellation);
        return folder[name];
    }

    private static void Check(string image) => ExternalTool.Run("fsck.vfat", "-n", "-v", image);

    /// <summary>Copies everything out with mtools and compares it with the tree.</summary>
    private static void AssertReadsBack(TemporaryDirectory folder, string image, FileTree tree)
    {
        var target = folder["out"];
        Directory.CreateDirectory(target);
        if (tree.Count > 1)
        {
            ExternalTool.Run("mcopy", "-s", "-n", "-i", image, "::*", target);
        }

        var expected = tree.Items.ToArray().Where(item => !item.Path.IsRoot).Select(item => item.Path.ToString()).Order(StringComparer.Ordinal);
        var actual = Directory.EnumerateFileSystemEntries(target, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(target, path)).Order(StringComparer.Ordinal);
        Assert.Equal(expected, actual);
        foreach (var item in tree.Items)
        {
            if (item.Entry is FileEntry { Content: BytesContent content })
            {
                Assert.True(
                    System.IO.File.ReadAllBytes(Path.Combine(target, item.Path.ToString())).AsSpan().SequenceEqual(content.Bytes.Span),
                    $"'{item.Path}' reads back as something else.");
            }
        }
    }

    private static void AssertRefused(TemporaryDirectory folder, FileTreeBuilder builder)
    {
        var failure = Assert.Throws<DiagnosticException>(() => Write(folder, builder.Build(), Options));
        Assert.Equal("COMPOSE4202", failure.Diagnostic.Descriptor.Code);
    }
}
