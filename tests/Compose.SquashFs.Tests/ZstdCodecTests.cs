using Compose.SquashFs.Codecs;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>Both libraries for Zstandard, whichever the platform's default is.</summary>
public class ZstdCodecTests
{
    [Theory]
    [InlineData(4096, 1)]
    [InlineData(131_072, 15)]
    [InlineData(1_048_576, 19)]
    public void The_managed_library_s_images_are_read_by_all(int blockSize, int level)
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(blockSize);
        var compression = new ZstdCompression(level);
        var options = new SquashFsOptions { BlockSize = blockSize, Compression = compression };
        var image = directory.File("managed");
        using (var stream = new FileStream(image, FileMode.Create))
        {
            SquashFsWriter.Write(
                tree, stream, options, Codec.ForZstd(compression, isNative: false), null, TestContext.Current.CancellationToken);
        }

        ImageAssert.Holds(tree, image);
        KernelMount.Use(image, directory, mounted => ImageAssert.IsDirectory(ExpectedTree.Of(tree), mounted));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(22)]
    public void Both_libraries_compress_about_alike(int level)
    {
        var source = File.ReadAllBytes(typeof(FileTree).Assembly.Location);
        var native = Compress(source, level, isNative: true);
        var managed = Compress(source, level, isNative: false);

        Assert.InRange(managed, native * 0.999, native * 1.001);
    }

    [Fact]
    public void The_library_and_its_version_are_told()
    {
        Assert.Matches(@"^(libzstd|ZstdSharp) 1\.\d+\.\d+ with probe \d+$", new SquashFsOptions().CodecVersion);
        Assert.Matches(@"^ZstdSharp 1\.\d+\.\d+$", Codec.ForZstd(new ZstdCompression(), isNative: false).Version);
        Assert.Matches(@"^liblzma 5\.\d+\.\d+ with probe \d+$", new SquashFsOptions { Compression = new XzCompression() }.CodecVersion);
        Assert.Matches(@"^K4os\.Compression\.LZ4 1\.\d+\.\d+", new SquashFsOptions { Compression = new Lz4Compression() }.CodecVersion);
        Assert.Matches(@"^Compose deflate \d+ with probe \d+$", new SquashFsOptions { Compression = new GzipCompression() }.CodecVersion);
        Assert.Equal("none", new SquashFsOptions { Compression = new NoCompression() }.CodecVersion);
    }

    private static int Compress(byte[] source, int level, bool isNative)
    {
        using var context = Codec.ForZstd(new ZstdCompression(level), isNative).CreateContext();
        var destination = new byte[context.GetBound(source.Length)];
        return context.Compress(source, destination);
    }
}
