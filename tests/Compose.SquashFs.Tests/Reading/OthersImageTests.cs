using Compose.SquashFs.Reading;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>Images that other writers made, with each of their codecs and options.</summary>
public class OthersImageTests
{
    [Theory]
    [InlineData("-comp gzip")]
    [InlineData("-comp gzip -b 4096 -Xcompression-level 1 -Xwindow-size 9 -Xstrategy huffman_only,fixed")]
    [InlineData("-comp zstd -Xcompression-level 3 -b 1M -always-use-fragments")]
    [InlineData("-comp zstd -b 8192 -no-fragments -no-duplicates")]
    [InlineData("-comp gzip -noI -noD -noF -noX -noId")]
    [InlineData("-comp gzip -noD -exports")]
    [InlineData("-comp zstd -no-xattrs -no-hardlinks -no-sparse")]
    [InlineData("-comp xz -Xdict-size 50% -Xbcj x86,arm,sparc -b 65536")]
    [InlineData("-comp xz -b 1M")]
    [InlineData("-comp lz4")]
    [InlineData("-comp lz4 -Xhc -b 4096")]
    [InlineData("-comp lzma")]
    [InlineData("-comp lzma -b 4096 -noI")]
    public void Images_of_mksquashfs_are_read(string options)
    {
        using var directory = new TemporaryDirectory();
        var image = directory.File("other.squashfs");
        Tool.Pipe(SampleTar(directory), "mksquashfs", ["-", image, "-tar", "-quiet", "-no-progress", .. options.Split(' ')]);

        // squashfs-tools-ng may be built without LZMA.
        ReadingAssert.AgreesWithOthers(image, canSquashfsToolsNg: !options.Contains("lzma", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-c gzip")]
    [InlineData("-c gzip -X level=3,window=12,filtered -b 65536")]
    [InlineData("-c zstd -X level=1 -b 4096 -e")]
    [InlineData("-c zstd -T")]
    [InlineData("-c zstd -x -k")]
    [InlineData("-c xz -X dictsize=65536,x86,arm")]
    [InlineData("-c lz4 -b 1M")]
    public void Images_of_tar2sqfs_are_read(string options)
    {
        using var directory = new TemporaryDirectory();
        var image = directory.File("other.squashfs");
        Tool.Pipe(SampleTar(directory), "tar2sqfs", ["--quiet", .. options.Split(' '), image]);

        // unsquashfs 4.5 finds the ids of tar2sqfs's LZ4 images corrupt; squashfs-tools-ng reads them.
        ReadingAssert.AgreesWithOthers(image, canSquashfsTools: !options.Contains("lz4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-c gzip -b 4096")]
    [InlineData("-c zstd -e --no-tail-packing")]
    [InlineData("-c xz --all-root -k")]
    public void Images_of_gensquashfs_are_read(string options)
    {
        using var directory = new TemporaryDirectory();
        var image = directory.File("other.squashfs");
        var folder = Directory.CreateDirectory(directory.File("folder")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "inner"));
        for (var i = 0; i < 300; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, i % 2 == 0 ? "" : "inner", $"file-{i}"), SampleContents.Text(i * 97, (ulong)i));
        }

        File.CreateSymbolicLink(Path.Combine(folder, "link"), "inner/file-1");
        Tool.Run("gensquashfs", ["--quiet", "--pack-dir", folder, "--keep-time", .. options.Split(' '), image]);

        ReadingAssert.AgreesWithOthers(image);
    }

    [Fact]
    public void An_image_with_lzo_is_refused_by_name()
    {
        using var directory = new TemporaryDirectory();
        var image = directory.File("other.squashfs");
        Tool.Pipe(SampleTar(directory), "mksquashfs", "-", image, "-tar", "-quiet", "-no-progress", "-comp", "lzo");

        var diagnostic = Assert.Throws<DiagnosticException>(() => SquashFsReader.Open(image)).Diagnostic;
        Assert.Equal(SquashFsDiagnostics.UnsupportedCodec, diagnostic.Descriptor);
        Assert.Contains("uses lzo", diagnostic.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_mutated_image_with_lzma_is_read_or_refused()
    {
        // No compression of ours, so not among the seeds of the other mutations.
        using var directory = new TemporaryDirectory();
        var file = directory.File("other.squashfs");
        SquashFsWriter.WriteFile(SmallTree.Tree, directory.File("small.squashfs"));
        var tar = Tool.Run("sqfs2tar", directory.File("small.squashfs"));
        Tool.Pipe(tar, "mksquashfs", "-", file, "-tar", "-quiet", "-no-progress", "-comp", "lzma", "-b", "4096", "-nopad");
        var image = File.ReadAllBytes(file);
        var refused = 0;
        for (var seed = 0ul; seed < 400; seed++)
        {
            var mutated = new Mutation(2, seed).Apply(image);
            refused += ReadingProbe.ReadAll(mutated) is null ? 0 : 1;
            ReadingProbe.Verify(mutated);
        }

        Assert.Null(ReadingProbe.ReadAll(image));
        Assert.InRange(refused, 200, 400);
    }

    private static byte[] SampleTar(TemporaryDirectory directory)
    {
        var (image, _) = directory.Pack(SampleTrees.EveryKind(16_384), new SquashFsOptions { Compression = new ZstdCompression(1) }, "sample.squashfs");
        return Tool.Run("sqfs2tar", image);
    }
}
