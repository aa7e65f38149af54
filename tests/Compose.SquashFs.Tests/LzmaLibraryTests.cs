using Compose.NativeCodecs;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using CsCheck;

namespace Compose.SquashFs.Tests;

public class LzmaLibraryTests
{
    private const int DictionarySize = 64 * 1024;
    private const long MemoryLimit = 4 * 1024 * 1024;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(6, 0)]
    [InlineData(6, 4)]
    [InlineData(9, 7)]
    public void What_is_encoded_is_decoded(int level, ulong filter)
    {
        var bytes = SampleContents.Text(100_000, 1);
        var stream = Encode(bytes, level, filter);
        var decoded = new byte[bytes.Length];

        Assert.InRange(stream.Length, 1, bytes.Length / 2);
        Assert.Equal(bytes.Length, LzmaLibrary.Decode(stream, decoded, MemoryLimit));
        Assert.Equal(bytes, decoded);
    }

    [Fact]
    public void What_does_not_fit_is_told()
    {
        var noise = SampleContents.Noise(10_000, 1);
        var stream = Encode(SampleContents.Text(10_000, 1), 6, 0);

        Assert.Equal(0, LzmaLibrary.Encode(noise, new byte[noise.Length], 6, DictionarySize, 0));
        Assert.Equal(-1, LzmaLibrary.Decode(stream, new byte[9_999], MemoryLimit));
    }

    [Fact]
    public void A_dictionary_over_the_memory_limit_is_refused()
    {
        var bytes = SampleContents.Text(10_000, 1);
        var destination = new byte[20_000];
        var length = LzmaLibrary.Encode(bytes, destination, 6, 512 * 1024 * 1024, 0);

        Assert.Equal(-1, LzmaLibrary.Decode(destination.AsSpan(0, length), new byte[bytes.Length], MemoryLimit));
    }

    [Fact]
    public void Streams_with_changed_bytes_are_refused_or_give_the_same_bytes()
    {
        var bytes = SampleContents.Text(5_000, 1);
        var stream = Encode(bytes, 6, 0);
        var decoded = new byte[bytes.Length];

        Gen.Select(Gen.Int[0, stream.Length - 1], Gen.Byte).Sample(
            change =>
            {
                var (index, value) = change;
                var damaged = (byte[])stream.Clone();
                damaged[index] = value;
                var length = LzmaLibrary.Decode(damaged, decoded, MemoryLimit);
                Assert.True(length == -1 || bytes.AsSpan().SequenceEqual(decoded.AsSpan(0, length)), $"Byte {index} made {value} is not noticed.");
            },
            seed: new PCG(1, 20261123).ToString(),
            iter: 2_000,
            threads: 1);
    }

    [Fact]
    public void A_stream_with_bytes_behind_it_or_cut_short_is_refused()
    {
        var stream = Encode(SampleContents.Text(5_000, 1), 6, 0);
        var decoded = new byte[5_000];

        Assert.Equal(-1, LzmaLibrary.Decode([.. stream, 0, 0, 0, 0], decoded, MemoryLimit));
        Assert.Equal(-1, LzmaLibrary.Decode(stream.AsSpan(0, stream.Length - 1), decoded, MemoryLimit));
        Assert.Equal(-1, LzmaLibrary.Decode([], decoded, MemoryLimit));
    }

    [Fact]
    public void Filters_make_machine_code_smaller()
    {
        using var directory = new TemporaryDirectory();
        var code = File.ReadAllBytes(typeof(object).Assembly.Location).AsSpan(0, 2_000_000).ToArray();
        var tree = new FileTreeBuilder().Set("code", SampleContents.File(code)).Build();
        var options = new SquashFsOptions { Compression = new XzCompression(1) };

        var without = directory.Pack(tree, options).Summary.Bytes;
        var (image, summary) = directory.Pack(tree, options with { Compression = new XzCompression(1) { Filters = XzFilters.X86 | XzFilters.Arm } });

        Assert.InRange(summary.Bytes, 1, without);
        ImageAssert.Holds(tree, image);
        KernelMount.Use(image, directory, mounted => ImageAssert.IsDirectory(ExpectedTree.Of(tree), mounted));
    }

    private static byte[] Encode(byte[] bytes, int level, ulong filter)
    {
        var destination = new byte[bytes.Length];
        var length = LzmaLibrary.Encode(bytes, destination, level, DictionarySize, filter);
        return destination[..length];
    }

    [Fact]
    public void A_block_that_has_no_room_is_stored()
    {
        Assert.Equal(0, LzmaLibrary.Encode([1], [], 6, 8192, 0));

        // A file of one byte that is a block of its own.
        using var directory = new TemporaryDirectory();
        var tree = new FileTreeBuilder().Set("file", SampleContents.File(new byte[] { 1 })).Build();
        var options = new SquashFsOptions { Compression = new XzCompression(), Fragments = SquashFsFragments.None };

        ImageAssert.Holds(tree, directory.Pack(tree, options).Image);
    }
}
