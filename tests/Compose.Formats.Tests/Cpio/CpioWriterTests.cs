using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Cpio;

namespace Compose.Formats.Tests.Cpio;

public class CpioWriterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_kind_of_file_is_listed_by_cpio()
    {
        var file = new FileEntry(new EntryMetadata { Permissions = 0xFFF, UserId = 1000, GroupId = 100, ModifiedTime = 86400 }, new BytesContent("content"));
        var tree = new FileTreeBuilder()
            .Set("dev/console", new DeviceEntry(new EntryMetadata { Permissions = 0x180 }, DeviceKind.Character, 5, 1))
            .Set("dev/sda", new DeviceEntry(new EntryMetadata { Permissions = 0x180 }, DeviceKind.Block, 8, 0))
            .Set("dev/pipe", new FifoEntry(EntryMetadata.File))
            .Set("dev/log", new SocketEntry(EntryMetadata.File))
            .Set("usr/bin/tool", file)
            .Set("usr/bin/alias", file)
            .Set("init", new SymlinkEntry("usr/bin/tool"))
            .Build();
        var listing = ExternalTool.TryRun("cpio", ["-itvn", "--quiet"], Archive(tree));
        Assert.Equal(0, listing.ExitCode);
        Assert.Equal(
            """
            drwxr-xr-x 2 0 0 0 Jan 1 1970 .
            drwxr-xr-x 2 0 0 0 Jan 1 1970 dev
            crw------- 1 0 0 5, 1 Jan 1 1970 dev/console
            srw-r--r-- 1 0 0 0 Jan 1 1970 dev/log
            prw-r--r-- 1 0 0 0 Jan 1 1970 dev/pipe
            brw------- 1 0 0 8, 0 Jan 1 1970 dev/sda
            lrwxrwxrwx 1 0 0 12 Jan 1 1970 init -> usr/bin/tool
            drwxr-xr-x 2 0 0 0 Jan 1 1970 usr
            drwxr-xr-x 2 0 0 0 Jan 1 1970 usr/bin
            -rwsrwsrwt 2 1000 100 0 Jan 2 1970 usr/bin/alias
            -rwsrwsrwt 2 1000 100 7 Jan 2 1970 usr/bin/tool

            """,
            System.Text.RegularExpressions.Regex.Replace(listing.Output, " +", " "));
    }

    [Fact]
    public void Files_of_every_padding_hard_links_and_odd_names_are_extracted()
    {
        using var folder = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var length = 0; length < 9; length++)
        {
            builder.Set(new string('n', length + 1), new FileEntry(EntryMetadata.File, new BytesContent(TestData.Noise(length, length))));
        }

        var shared = new FileEntry(EntryMetadata.Executable, new BytesContent(TestData.Noise(300_000, seed: 7)));
        builder.Set("links/one", shared).Set("links/two", shared).Set("links/zzz/three", shared);
        builder.Set(TreePath.Root.Child([0xFF, 0x0A, 0x20]), new FileEntry(EntryMetadata.File, new BytesContent("odd")));
        var tree = builder.Build();
        var extraction = ExternalTool.TryRun("cpio", ["-idmu", "--quiet", "--no-absolute-filenames"], Archive(tree), folder.Path);
        Assert.True(extraction.ExitCode == 0, extraction.Error);
        foreach (var item in tree.Items)
        {
            if (item.Entry is FileEntry { Content: BytesContent content } && !item.Path.Bytes.Contains((byte)0xFF))
            {
                Assert.True(File.ReadAllBytes(folder[item.Path.ToString()]).AsSpan().SequenceEqual(content.Bytes.Span), item.Path.ToString());
            }
        }

        var inodes = ExternalTool.Run("stat", "-c", "%i %h", folder["links/one"], folder["links/two"], folder["links/zzz/three"]);
        Assert.Single(inodes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct());
        Assert.EndsWith(" 3\n", inodes);
        Assert.Equal("odd", ExternalTool.Run("sh", "-c", $"cd {folder.Path}; cat $(printf '\\377')*; rm $(printf '\\377')*"));
    }

    [Fact]
    public void A_file_that_cpio_cannot_hold_is_refused()
    {
        AssertRefused("huge", new FileEntry(EntryMetadata.File, new HostFileContent("/nowhere", 1L << 32)));
        AssertRefused("TRAILER!!!", new FileEntry(EntryMetadata.File, new BytesContent("")));
        AssertRefused(string.Join('/', Enumerable.Repeat(new string('n', 255), 17)), new FileEntry(EntryMetadata.File, new BytesContent("")));
    }

    [Fact]
    public void Content_that_is_not_as_long_as_promised_is_an_error()
    {
        var tree = new FileTreeBuilder().Set("file", new FileEntry(EntryMetadata.File, new LyingContent(10, 9))).Build();
        Assert.Throws<IOException>(() => Archive(tree));
        tree = new FileTreeBuilder().Set("file", new FileEntry(EntryMetadata.File, new LyingContent(10, 11))).Build();
        Assert.Throws<IOException>(() => Archive(tree));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(19)]
    public void An_initramfs_is_one_zstd_frame_with_the_same_bytes_for_any_number_of_threads(int level)
    {
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 40; i++)
        {
            // 40 MB: zstd gives 32 MiB to a thread at level 19, less at the others.
            var content = new byte[1_000_000];
            TestData.Noise(10_000, seed: i).CopyTo(content, 100 * i);
            builder.Set($"usr/lib/file{i}", new FileEntry(EntryMetadata.File, new BytesContent(content)));
        }

        var tree = builder.Build();
        var one = Compress(tree, level, threads: 1);
        Assert.True(one.AsSpan().SequenceEqual(Compress(tree, level, threads: 2)), "Two threads give other bytes than one.");
        Assert.True(one.AsSpan().SequenceEqual(Compress(tree, level, threads: 5)), "Five threads give other bytes than one.");

        using var folder = new TemporaryDirectory();
        File.WriteAllBytes(folder["initrd.zst"], one);
        ExternalTool.Run("zstd", "-t", folder["initrd.zst"]);
        Assert.Matches(@"\n +1 +0 ", ExternalTool.Run("zstd", "-l", folder["initrd.zst"]));
        ExternalTool.Run("zstd", "-d", folder["initrd.zst"], "-o", folder["initrd"]);
        Assert.True(File.ReadAllBytes(folder["initrd"]).AsSpan().SequenceEqual(Archive(tree)));
    }

    private static void AssertRefused(string path, TreeEntry entry)
    {
        var failure = Assert.Throws<DiagnosticException>(() => Archive(new FileTreeBuilder().Set(path, entry).Build()));
        Assert.Equal("COMPOSE4401", failure.Diagnostic.Descriptor.Code);
    }

    private static byte[] Archive(FileTree tree)
    {
        var output = new MemoryStream();
        CpioWriter.Write(tree, output, Cancellation);
        Assert.Equal(0, output.Length % 512);
        return output.ToArray();
    }

    private static byte[] Compress(FileTree tree, int level, int threads)
    {
        var output = new MemoryStream();
        InitramfsWriter.Write(tree, output, level, threads, Cancellation);
        return output.ToArray();
    }

    private sealed class LyingContent(long promised, int actual) : FileContent
    {
        public override long Length => promised;

        public override Stream OpenRead() => new MemoryStream(new byte[actual]);
    }
}
