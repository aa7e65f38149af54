using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>Images of our writer, which others have judged, as our reader reads them.</summary>
public class OwnImageTests
{
    [Theory]
    [MemberData(nameof(ImageTests.Formats), MemberType = typeof(ImageTests))]
    public void Every_kind_of_entry_is_read_in_every_block_size_and_codec(int blockSize, string compression)
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(blockSize);
        var (image, _) = directory.Pack(tree, new SquashFsOptions
        {
            BlockSize = blockSize,
            Compression = SampleCompressions.Fast(compression),
        });

        ReadingAssert.Holds(tree, image);
    }

    [Fact]
    public void A_large_directory_and_its_index_are_read()
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.ManyFiles(20_000);

        ReadingAssert.Holds(tree, directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) }).Image);
    }
}
