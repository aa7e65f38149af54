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
    public void Images_of_mksquashfs_are_read(string options)
    {
        using var directory = new TemporaryDirectory();
        var image = directory.File("other.squashfs");
        Tool.Pipe(SampleTar(directory), "mksquashfs", ["-", image, "-tar", "-quiet", "-no-progress", .. options.Split(' ')]);

        ReadingAssert.AgreesWithOthers(image);
    }

    [Theory]
    [InlineData("-c gzip")]
    [InlineData("-c gzip -X level=3,window=12,filtered -b 65536")]
    [InlineData("-c zstd -X level=1 -b 4096 -e")]
    [InlineData("-c zstd -T")]
    [InlineData("-c zstd -x -k")]
    public void Images_of_tar2sqfs_are_read(string options)
    {
        using var directory = new TemporaryDirectory();
        var image = directory.File("other.squashfs");
        Tool.Pipe(SampleTar(directory), "tar2sqfs", ["--quiet", .. options.Split(' '), image]);

        ReadingAssert.AgreesWithOthers(image);
    }

    private static byte[] SampleTar(TemporaryDirectory directory)
    {
        var (image, _) = directory.Pack(SampleTrees.EveryKind(131_072), new SquashFsOptions { Compression = new ZstdCompression { Level = 1 } }, "sample.squashfs");
        return Tool.Run("sqfs2tar", image);
    }
}
