using System.IO.Compression;
using Compose.Formats.Compression;

namespace Compose.Formats.Tests.Compression;

public sealed class GzipStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8_170)]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public void Whole_data_are_read_and_cut_off_data_are_refused(int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        var packed = Gzip(content);

        Assert.Equal(content, Read(packed));
        for (var length = 0; length < packed.Length; length += Math.Max(1, packed.Length / 97))
        {
            Assert.Throws<InvalidDataException>(() => Read(packed[..length]));
        }

        for (var cut = 1; cut < Math.Min(20, packed.Length); cut++)
        {
            Assert.Throws<InvalidDataException>(() => Read(packed[..^cut]));
        }
    }

    [Fact]
    public void Any_size_of_the_packed_data_is_whole()
    {
        // The decompressor's own buffer has 8 KiB: the end falls on each side of its border.
        for (var size = 8_100; size < 8_230; size++)
        {
            var content = new byte[size];
            new Random(size).NextBytes(content);
            Assert.Equal(content, Read(Gzip(content)));
        }
    }

    [Fact]
    public void Several_members_are_one_and_what_follows_them_is_refused()
    {
        byte[] members = [.. Gzip([1, 2]), .. Gzip([]), .. Gzip([3])];

        Assert.Equal([1, 2, 3], Read(members));
        Assert.Throws<InvalidDataException>(() => Read([.. members, 7, 7, 7]));
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        // .NET writes nothing for nothing.
        return packed.Length > 0 ? packed.ToArray() : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static byte[] Read(byte[] packed)
    {
        using var stream = Decompression.Open(new MemoryStream(packed), CompressionFormat.Gzip);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
