using System.IO.Compression;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using CsCheck;

namespace Compose.SquashFs.Tests;

public class CompressibilityProbeTests
{
    private const int Length = 128 * 1024;

    private readonly CompressibilityProbe _probe = new();

    [Theory]
    [InlineData(4096)]
    [InlineData(5_000)]
    [InlineData(8191)]
    [InlineData(Length)]
    [InlineData(1024 * 1024)]
    public void Noise_will_not_shrink_and_text_may(int length)
    {
        Assert.False(_probe.MayShrink(SampleContents.Noise(length, 1)));
        Assert.True(_probe.MayShrink(SampleContents.Text(length, 1)));
        Assert.False(_probe.MayShrink(SampleContents.Noise(length, 2)));
    }

    [Fact]
    public void Compressed_bytes_will_not_shrink()
    {
        using var compressed = new MemoryStream();
        using (var stream = new BrotliStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            stream.Write(SampleContents.Text(1_000_000, 1));
        }

        Assert.False(_probe.MayShrink(compressed.GetBuffer().AsSpan(0, Length)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50_000)]
    [InlineData(Length - 4096)]
    public void A_part_that_shrinks_is_found(int offset)
    {
        var block = SampleContents.Noise(Length, 1);
        SampleContents.Text(4096, 2).CopyTo(block, offset);

        Assert.True(_probe.MayShrink(block));
    }

    [Fact]
    public void A_part_that_comes_again_is_found()
    {
        var block = SampleContents.Noise(Length, 1);
        block.AsSpan(1_000, 500).CopyTo(block.AsSpan(100_001));

        Assert.True(_probe.MayShrink(block));
    }

    [Fact]
    public void A_small_block_is_always_tried() => Assert.True(_probe.MayShrink(SampleContents.Noise(4095, 1)));

    [Fact]
    public void What_is_called_hopeless_loses_next_to_nothing()
    {
        // Noise with a part that is a bit less than noise: some values, in some places, come a bit more often.
        using var zstd = Codec.ForZstd(new ZstdCompression(15), isNative: true).CreateContext();
        var destination = new byte[zstd.GetBound(Length)];
        var hopeless = 0;
        Gen.Select(Gen.Int[0, Length / 2], Gen.Int[0, Length / 2], Gen.Int[1, 40], Gen.Int[1, 255], Gen.ULong).Sample(
            sample =>
            {
                var (start, length, every, mask, seed) = sample;
                var block = SampleContents.Noise(Length, seed);
                for (var i = start; i < start + length; i += every)
                {
                    block[i] &= (byte)mask;
                }

                if (!_probe.MayShrink(block))
                {
                    hopeless++;
                    var compressed = zstd.Compress(block, destination);
                    Assert.True(compressed == 0 || compressed > Length * 0.99, $"{sample} would have {compressed} bytes.");
                }
            },
            seed: new PCG(1, 20261123).ToString(),
            iter: 200,
            threads: 1);
        Assert.InRange(hopeless, 20, 180);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("xz")]
    public void Storing_what_will_not_shrink_changes_no_byte_of_other_trees(string compression)
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(16 * 1024);
        var options = new SquashFsOptions { BlockSize = 16 * 1024, Compression = SquashFsCompression.Parse(compression) };
        Assert.Contains("with probe", options.CodecVersion, StringComparison.Ordinal);

        var probed = File.ReadAllBytes(directory.Pack(tree, options).Image);
        var tried = directory.Pack(tree, options with { StoreIncompressible = false }).Image;

        Assert.Equal(File.ReadAllBytes(tried), probed);
        ImageAssert.Holds(tree, tried);
    }
}
