using Compose.SquashFs.Codecs;
using Compose.SquashFs.Reading;
using Compose.SquashFs.Reading.Decoding;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Reading;

public class BlockDecoderTests
{
    private static readonly byte[] Sample = SampleContents.Text(5_000, 1);

    public static TheoryData<string> Compressions() => [.. SquashFsCompression.Names.Where(name => name != "none")];

    [Theory]
    [MemberData(nameof(Compressions))]
    public void A_block_comes_back(string compression)
    {
        foreach (var decoder in DecodersOf(compression))
        {
            var exact = new byte[Sample.Length];
            Assert.Equal(Sample.Length, decoder.Decode(Compress(compression), exact));
            Assert.Equal(Sample, exact);

            var roomy = new byte[8192];
            Assert.Equal(Sample.Length, decoder.Decode(Compress(compression), roomy));
            Assert.Equal(Sample, roomy[..Sample.Length]);
            decoder.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void A_block_larger_than_its_room_is_refused_and_writes_nothing_behind_it(string compression)
    {
        foreach (var decoder in DecodersOf(compression))
        {
            foreach (var room in (int[])[0, 1, 100, Sample.Length - 1])
            {
                var buffer = new byte[Sample.Length + 10];
                Assert.Throws<InvalidDataException>(() => decoder.Decode(Compress(compression), buffer.AsSpan(0, room)));
                Assert.All(buffer[room..], value => Assert.Equal(0, value));
            }

            decoder.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void A_block_that_is_cut_off_is_refused_or_short(string compression)
    {
        var compressed = Compress(compression);
        foreach (var decoder in DecodersOf(compression))
        {
            for (var length = 1; length < compressed.Length; length += 7)
            {
                var decoded = new byte[8192];
                var part = compressed.AsMemory(0, length);
                try
                {
                    // LZ4 blocks have no end: a part may be a block.
                    Assert.InRange(decoder.Decode(part, decoded), 0, compression == "lz4" ? Sample.Length - 1 : -1);
                }
                catch (InvalidDataException)
                {
                }
            }

            decoder.Dispose();
        }
    }

    [Fact]
    public void Random_bytes_are_refused_or_fit()
    {
        foreach (var decoder in SquashFsCompression.Names.Where(name => name != "none").SelectMany(DecodersOf))
        {
            for (var seed = 0ul; seed < 300; seed++)
            {
                var decoded = new byte[100];
                try
                {
                    Assert.InRange(decoder.Decode(SampleContents.Noise(1 + (int)(seed % 90), seed), decoded), 0, decoded.Length);
                }
                catch (InvalidDataException)
                {
                }
            }

            decoder.Dispose();
        }
    }

    /// <summary>All decoders that may serve on some platform.</summary>
    private static IEnumerable<IBlockDecoder> DecodersOf(string compression)
    {
        yield return compression switch
        {
            "zstd" => BlockDecoders.For(SquashFsCodecId.Zstd)(),
            "gzip" => BlockDecoders.For(SquashFsCodecId.Gzip)(),
            "xz" => BlockDecoders.For(SquashFsCodecId.Xz)(),
            "lz4" => BlockDecoders.For(SquashFsCodecId.Lz4)(),
            _ => throw new ArgumentOutOfRangeException(nameof(compression), compression, "No decoder."),
        };
        if (compression == "zstd")
        {
            yield return new ManagedZstdDecoder();
        }
    }

    private static byte[] Compress(string compression)
    {
        using var codec = Codec.For(new SquashFsOptions { Compression = SampleCompressions.Fast(compression) }).CreateContext();
        var buffer = new byte[codec.GetBound(Sample.Length)];
        return buffer[..codec.Compress(Sample, buffer)];
    }
}
