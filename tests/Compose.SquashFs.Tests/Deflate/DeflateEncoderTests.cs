using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Codecs.Deflate;
using Compose.SquashFs.Tests.Samples;
using CsCheck;

namespace Compose.SquashFs.Tests.Deflate;

/// <summary>Streams of our encoder, inflated by .NET's zlib.</summary>
public class DeflateEncoderTests
{
    public static TheoryData<int> Levels() => [1, 2, 3, 4, 5, 6, 7, 8, 9];

    public static TheoryData<int> WindowBits() => [8, 9, 10, 11, 12, 13, 14, 15];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_short_length_survives(int level)
    {
        using var codec = new GzipCodec(new GzipCompression(level));
        for (var length = 1; length <= 600; length++)
        {
            Survives(codec, SampleContents.Text(length, (ulong)length));
            Survives(codec, new byte[length]);
            Survives(codec, SampleContents.Noise(length, (ulong)length));
            Survives(codec, Repeated(SampleContents.Noise(Math.Min(length, 7), 1), length));
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Large_blocks_survive(int level)
    {
        const int Length = 1024 * 1024;
        using var codec = new GzipCodec(new GzipCompression(level));

        Assert.True(Survives(codec, new byte[Length]) < 1100);
        Assert.True(Survives(codec, SampleContents.Text(Length, 1)) < Length * 0.42);
        Assert.Equal(0, Survives(codec, SampleContents.Noise(Length, 1)));
        Survives(codec, Mixture(Length, 1));
        Survives(codec, Mixture(Length - 1, 2));
        Survives(codec, Repeated(SampleContents.Noise(258, 1), Length));
        Survives(codec, Repeated(SampleContents.Noise(32_767, 1), Length));
        Survives(codec, Repeated(SampleContents.Noise(32_768, 1), Length));
        Survives(codec, Repeated(SampleContents.Noise(32_769, 1), Length));
        Survives(codec, File.ReadAllBytes(typeof(SquashFsWriter).Assembly.Location)[..131_072]);
    }

    [Fact]
    public void Random_blocks_survive_all_settings()
    {
        // Parts of several kinds: bytes of few or many values, runs, and copies from further up.
        var part = Gen.Select(Gen.Int[0, 3], Gen.Int[1, 6_000], Gen.Int[1, 40_000], Gen.Int[0, 255], Gen.ULong);
        Gen.Select(part.Array[1, 20], Gen.Int[1, 9], Gen.Int[8, 15], Gen.Int[1, 31]).Sample(
            (parts, level, windowBits, strategies) =>
            {
                var compression = new GzipCompression(level) { WindowBits = windowBits, Strategies = (GzipStrategies)strategies };
                using var codec = new GzipCodec(compression);
                Survives(codec, Block(parts));
            },
            seed: new PCG(1, 20261125).ToString(),
            iter: 400,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(WindowBits))]
    public void No_distance_is_larger_than_the_window(int windowBits)
    {
        foreach (var level in new[] { 1, 3, 6, 9 })
        {
            using var codec = new GzipCodec(new GzipCompression(level) { WindowBits = windowBits });
            var window = 1 << windowBits;

            // Noise that comes again: within reach, or just beyond it. Level 1 does not look everywhere.
            var within = Repeated(SampleContents.Noise(Math.Min(window, 32_767), 1), 4 * window);
            var beyond = Repeated(SampleContents.Noise(window + 1, 1), 4 * window);
            var withinLength = Survives(codec, within);
            Assert.True(level == 1 || withinLength < within.Length / 2);
            var beyondLength = Survives(codec, beyond);
            Assert.True(beyondLength == 0 || beyondLength > beyond.Length * 0.9);

            // The header tells of the window, and a reader with no more memory than it says can read the stream.
            var text = Mixture(300_000, (ulong)windowBits);
            var stream = Compress(codec, text);
            Assert.Equal(windowBits - 8, stream[0] >> 4);
            Assert.True(DeflateReader.Read(stream.AsSpan(2..^4), window).AsSpan().SequenceEqual(text));
        }
    }

    [Fact]
    public void The_longest_match_is_used()
    {
        for (var level = 2; level <= 9; level++)
        {
            using var codec = new GzipCodec(new GzipCompression(level));
            var block = Repeated(SampleContents.Noise(1000, 1), 1000 + (258 * 100));

            // The noise itself, and a hundred matches of two bytes or so each.
            Assert.InRange(Survives(codec, block), 1000, 1000 + (258 * 100 / 100));
        }
    }

    [Theory]
    [InlineData(GzipStrategies.Default)]
    [InlineData(GzipStrategies.HuffmanOnly)]
    [InlineData(GzipStrategies.Filtered)]
    public void Frequencies_that_need_longer_codes_than_there_are_survive(GzipStrategies strategy)
    {
        // Of Fibonacci's frequencies the best code is as deep as there are symbols.
        using var codec = new GzipCodec(new GzipCompression(9) { Strategies = strategy });
        var bytes = new List<byte>();
        var (frequency, next) = (1, 1);
        for (var value = 0; value < 26; value++)
        {
            bytes.AddRange(Enumerable.Repeat((byte)(value * 9), frequency));
            (frequency, next) = (next, frequency + next);
        }

        var block = bytes.ToArray();
        Survives(codec, block);
        Shuffle(block);
        Assert.InRange(Survives(codec, block), 1, block.Length / 2);
    }

    [Theory]
    [InlineData(15, 30)]
    [InlineData(14, 286)]
    [InlineData(7, 19)]
    public void Codes_keep_their_limit_and_are_complete(int limit, int symbols)
    {
        var code = new HuffmanCode(symbols, limit);
        Gen.Select(Gen.Int[0, 45].Array[symbols], Gen.Int[0, symbols]).Sample(
            (exponents, used) =>
            {
                var frequencies = exponents.Select((exponent, i) => i < used ? (int)(Math.Pow(1.4, exponent) / 2) : 0).ToArray();
                code.Build(frequencies);

                Assert.All(code.Lengths, length => Assert.InRange(length, 0, limit));
                Assert.Equal(1 << limit, code.Lengths.Where(length => length > 0).Sum(length => 1 << (limit - length)));
                for (var symbol = 0; symbol < symbols; symbol++)
                {
                    Assert.True(frequencies[symbol] == 0 || code.Lengths[symbol] > 0);
                }
            },
            seed: new PCG(1, 20261125).ToString(),
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void The_checksum_is_that_of_the_sample_code()
    {
        foreach (var length in Enumerable.Range(0, 300).Concat([4095, 4096, 5504, 5505, 8192, 8193, 131_072, 1_048_576]))
        {
            foreach (var bytes in new[] { SampleContents.Noise(length, 1), Enumerable.Repeat(byte.MaxValue, length).ToArray() })
            {
                var (low, high) = (1u, 0u);
                foreach (var value in bytes)
                {
                    low = (low + value) % 65521;
                    high = (high + low) % 65521;
                }

                Assert.Equal((high << 16) | low, Adler32.Of(bytes));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_used_context_gives_the_bytes_of_a_fresh_one(int level)
    {
        var compression = new GzipCompression(level) { Strategies = GzipStrategies.Default | GzipStrategies.Filtered };
        using var used = new GzipCodec(compression);
        for (var i = 0; i < 30; i++)
        {
            var block = Mixture((i * 12_347 % 200_000) + 1, (ulong)(i % 7));
            using var fresh = new GzipCodec(compression);
            Assert.Equal(Compress(fresh, block), Compress(used, block));
        }
    }

    [Fact]
    public void More_strategies_never_give_more_bytes()
    {
        var block = Mixture(131_072, 3);
        var each = Enum.GetValues<GzipStrategies>().Select(strategy => Length(strategy)).ToArray();

        Assert.Equal(each.Min(), Length((GzipStrategies)31));
        Assert.True(each.Distinct().Count() > 3);

        int Length(GzipStrategies strategies)
        {
            using var codec = new GzipCodec(new GzipCompression(6) { Strategies = strategies });
            return Survives(codec, block);
        }
    }

    [Fact]
    public void Levels_shrink_as_they_rise()
    {
        var block = File.ReadAllBytes(typeof(SquashFsWriter).Assembly.Location)[..131_072];
        var lengths = Enumerable.Range(1, 9).Select(level =>
        {
            using var codec = new GzipCodec(new GzipCompression(level));
            return Survives(codec, block);
        }).ToArray();

        Assert.Equal(lengths.OrderDescending(), lengths);
    }

    /// <summary>
    /// The bytes are the same on every machine. When they change on purpose, <see cref="DeflateEncoder.Version"/> must count
    /// up beside this table, as caches would else mix the old and the new ones.
    /// </summary>
    [Fact]
    public void The_bytes_are_those_of_this_version()
    {
        var digests = new StringBuilder().AppendLine($"version {DeflateEncoder.Version}");
        for (var level = 1; level <= 9; level++)
        {
            digests.AppendLine($"{level} {Digest(new GzipCompression(level))}");
        }

        foreach (var strategy in Enum.GetValues<GzipStrategies>())
        {
            digests.AppendLine($"{strategy} {Digest(new GzipCompression(5) { Strategies = strategy })}");
        }

        digests.AppendLine($"window {Digest(new GzipCompression(5) { WindowBits = 10 })}");
        Assert.Equal(DeflateDigests.Expected, digests.ToString().ReplaceLineEndings("\n"));

        static string Digest(GzipCompression compression)
        {
            using var codec = new GzipCodec(compression);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var block in new[] { new byte[5000], SampleContents.Text(131_072, 1), Mixture(131_072, 1), Mixture(8192, 2), Mixture(1_048_576, 3) })
            {
                hash.AppendData(Compress(codec, block));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
        }
    }

    private static byte[] Compress(GzipCodec codec, byte[] block)
    {
        // A guard behind the room shows that nothing is written beyond it.
        var bound = codec.GetBound(block.Length);
        var destination = new byte[bound + 16];
        destination.AsSpan(bound).Fill(0xA5);
        var length = codec.Compress(block, destination.AsSpan(0, bound));
        Assert.True(destination.AsSpan(bound).IndexOfAnyExcept((byte)0xA5) < 0);
        Assert.InRange(length, 0, block.Length - 1);
        return destination[..length];
    }

    private static int Survives(GzipCodec codec, byte[] block)
    {
        var compressed = Compress(codec, block);
        if (compressed.Length > 0)
        {
            using var stream = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress);
            var read = new byte[block.Length];
            stream.ReadExactly(read);
            Assert.True(read.AsSpan().SequenceEqual(block));
            Assert.Equal(-1, stream.ReadByte());
        }

        return compressed.Length;
    }

    private static byte[] Repeated(byte[] pattern, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = pattern[i % pattern.Length];
        }

        return bytes;
    }

    private static byte[] Mixture(int length, ulong seed)
    {
        var random = SampleContents.Noise(4096, seed);
        var parts = Enumerable.Range(0, 500).Select(i =>
            (random[i] & 3, 1 + ((random[i + 500] * 16) | random[i + 1000]), 1 + ((random[i + 1500] * 128) | random[i + 2000]), (int)random[i + 2500], (ulong)i)).ToArray();
        var block = Block(parts);
        return block.Length >= length ? block[..length] : Repeated(block, length);
    }

    private static byte[] Block((int Kind, int Length, int Distance, int Value, ulong Seed)[] parts)
    {
        var bytes = new List<byte>();
        foreach (var (kind, length, distance, value, seed) in parts)
        {
            switch (kind)
            {
                case 0:
                    bytes.AddRange(SampleContents.Noise(length, seed).Select(item => (byte)(item & value)));
                    break;
                case 1:
                    bytes.AddRange(SampleContents.Text(length, seed));
                    break;
                case 2:
                    bytes.AddRange(Enumerable.Repeat((byte)value, length % 700));
                    break;
                default:
                    for (var i = 0; i < length; i++)
                    {
                        bytes.Add(bytes.Count >= distance ? bytes[^distance] : (byte)i);
                    }

                    break;
            }
        }

        bytes.Add(0);
        return [.. bytes];
    }

    private static void Shuffle(byte[] bytes)
    {
        var random = SampleContents.Noise(4 * bytes.Length, 7);
        for (var i = bytes.Length - 1; i > 0; i--)
        {
            var j = (int)(BitConverter.ToUInt32(random, 4 * i) % (uint)(i + 1));
            (bytes[i], bytes[j]) = (bytes[j], bytes[i]);
        }
    }
}
