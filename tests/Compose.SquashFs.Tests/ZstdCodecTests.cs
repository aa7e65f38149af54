using Compose.SquashFs.Codecs;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using ZstdSharp;

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
    [InlineData(19)]
    [InlineData(22)]
    public void Both_libraries_compress_about_alike(int level)
    {
        var source = File.ReadAllBytes(typeof(FileTree).Assembly.Location);
        var native = Compress(source, level, isNative: true);
        var managed = Compress(source, level, isNative: false);

        Assert.InRange(managed, native * 0.999, native * 1.001);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void High_levels_are_content_with_shorter_matches_than_libzstd_s(bool isNative)
    {
        var source = LongMatches();
        using var context = Codec.ForZstd(new ZstdCompression(19), isNative).CreateContext();
        var ours = new byte[context.GetBound(source.Length)];
        var length = context.Compress(source, ours);

        using var libzstd = new Compressor(19);
        var theirs = libzstd.Wrap(source);

        Assert.False(theirs.SequenceEqual(ours.AsSpan(0, length)));
        Assert.InRange(length, theirs.Length * 0.97, theirs.Length * 1.03);
        using var decompressor = new Decompressor();
        Assert.Equal(source, decompressor.Unwrap(ours.AsSpan(0, length)).ToArray());
    }

    [Fact]
    public void The_library_and_its_version_are_told()
    {
        Assert.Matches(@"^(libzstd|ZstdSharp) 1\.\d+\.\d+ with matches of 96 with probe \d+$", new SquashFsOptions().CodecVersion);
        Assert.Matches(@"^ZstdSharp 1\.\d+\.\d+$", Codec.ForZstd(new ZstdCompression(14), isNative: false).Version);
        Assert.Matches(@"^liblzma 5\.\d+\.\d+ with probe \d+$", new SquashFsOptions { Compression = new XzCompression() }.CodecVersion);
        Assert.Matches(@"^K4os\.Compression\.LZ4 1\.\d+\.\d+", new SquashFsOptions { Compression = new Lz4Compression() }.CodecVersion);
        Assert.Matches(@"^Compose deflate \d+ with probe \d+$", new SquashFsOptions { Compression = new GzipCompression() }.CodecVersion);
        Assert.Equal("none", new SquashFsOptions { Compression = new NoCompression() }.CodecVersion);
    }

    // Pieces of 100 to 400 bytes, most of them seen before with another beginning.
    private static byte[] LongMatches()
    {
        var random = new Random(17);
        var bytes = new byte[131_072];
        random.NextBytes(bytes.AsSpan(0, 8192));
        for (var end = 8192; end < bytes.Length;)
        {
            var length = Math.Min(random.Next(100, 400), bytes.Length - end);
            bytes.AsSpan(random.Next(end - length), length).CopyTo(bytes.AsSpan(end));
            end += length;
        }

        return bytes;
    }

    private static int Compress(byte[] source, int level, bool isNative)
    {
        using var context = Codec.ForZstd(new ZstdCompression(level), isNative).CreateContext();
        var destination = new byte[context.GetBound(source.Length)];
        return context.Compress(source, destination);
    }
}
