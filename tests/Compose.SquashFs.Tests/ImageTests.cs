using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>Whole images, read by implementations that we did not write.</summary>
public class ImageTests
{
    public static TheoryData<int, string> Formats()
    {
        var data = new TheoryData<int, string>();
        for (var size = SquashFsOptions.MinimumBlockSize; size <= SquashFsOptions.MaximumBlockSize; size *= 2)
        {
            foreach (var compression in SquashFsCompression.Names)
            {
                data.Add(size, compression);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_kind_of_entry_survives_in_every_block_size_and_codec(int blockSize, string compression)
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(blockSize);
        var options = new SquashFsOptions
        {
            BlockSize = blockSize,
            Compression = SampleCompressions.Fast(compression),
        };

        var (image, summary) = directory.Pack(tree, options);

        ImageAssert.Holds(tree, image);
        Assert.Equal(new FileInfo(image).Length, summary.Bytes);
        Assert.Equal(0, summary.Bytes % 4096);
    }
}
