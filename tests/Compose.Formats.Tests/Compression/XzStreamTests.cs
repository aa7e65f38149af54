using System.Text;
using Compose.Formats.Compression;
using Compose.Formats.Tests.Deb;
using Compose.NativeCodecs;

namespace Compose.Formats.Tests.Compression;

/// <summary>The decoder by liblzma and the one without it read the same.</summary>
public sealed class XzStreamTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public static TheoryData<string> Decoders => ["native", "managed"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void There_is_a_library_here() => Assert.StartsWith("5.", LzmaLibrary.Version, StringComparison.Ordinal);

    [Theory]
    [InlineData("native", "--check=crc32")]
    [InlineData("native", "--check=crc64")]
    [InlineData("native", "--check=sha256")]
    [InlineData("native", "--check=none")]
    [InlineData("native", "--block-size=70000")]
    [InlineData("native", "--x86", "--lzma2=preset=9")]
    [InlineData("native", "--delta=dist=4", "--lzma2=preset=1")]
    [InlineData("managed", "--check=crc32")]
    [InlineData("managed", "--check=crc64")]
    [InlineData("managed", "--block-size=70000")]
    public void What_xz_wrote_is_read(string decoder, params string[] options)
    {
        var bytes = Text(300_000);

        Assert.Equal(bytes, Decode(decoder, Xz(bytes, options)));
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Streams_with_padding_between_them_are_one(string decoder)
    {
        var bytes = Text(50_000);
        byte[] streams = [.. Xz(bytes[..20_000]), 0, 0, 0, 0, .. Xz([]), .. Xz(bytes[20_000..]), 0, 0, 0, 0, 0, 0, 0, 0];

        Assert.Equal(bytes, Decode(decoder, streams));
    }

    [Theory]
    [InlineData("native", 1)]
    [InlineData("native", 7)]
    [InlineData("managed", 1)]
    public void Sources_may_give_few_bytes_at_once(string decoder, int atOnce)
    {
        var bytes = Text(30_000);

        Assert.Equal(bytes, Decode(decoder, Xz(bytes), atOnce));
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void What_is_cut_is_damaged(string decoder)
    {
        var stream = Xz(Text(5_000));
        for (var length = 0; length < stream.Length; length += 1 + (length / 20))
        {
            Assert.Throws<InvalidDataException>(() => Decode(decoder, stream[..length]));
        }
    }

    [Theory]
    [InlineData("native", 1)]
    [InlineData("native", 5)]
    [InlineData("managed", 5)]
    public void What_is_followed_by_something_else_is_damaged(string decoder, int count)
    {
        byte[] stream = [.. Xz(Text(5_000)), .. "x----"u8[..count]];

        Assert.Throws<InvalidDataException>(() => Decode(decoder, stream));
    }

    [Fact]
    public void A_changed_byte_is_noticed()
    {
        var bytes = Text(5_000);
        var stream = Xz(bytes);
        for (var i = 0; i < stream.Length; i++)
        {
            var damaged = stream.ToArray();
            damaged[i] ^= 0x10;
            Assert.Throws<InvalidDataException>(() => Decode("native", damaged));
        }
    }

    [Fact]
    public void A_dictionary_of_more_memory_than_allowed_is_refused()
    {
        var bytes = Text(10_000);
        var stream = new byte[20_000];
        var length = LzmaLibrary.Encode(bytes, stream, 6, 512 * 1024 * 1024, filter: 0);

        Assert.Throws<SizeLimitException>(() => Decode("native", stream[..length]));
    }

    private static byte[] Decode(string decoder, byte[] stream, int atOnce = int.MaxValue)
    {
        using var source = new SlowStream(stream, atOnce);
        using Stream opened = decoder == "native" ? new NativeXzStream(source) : new ManagedXzStream(source);
        using var result = new MemoryStream();
        opened.CopyTo(result, 5_000);
        return result.ToArray();
    }

    private static byte[] Text(int length) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, length / 4).Select(i => $"{i * 7919 % 10007:x} ")))[..length];

    private byte[] Xz(byte[] bytes, params string[] options)
    {
        var path = _folder["plain"];
        File.WriteAllBytes(path, bytes);
        return Tool.RunBytes("xz", [.. options, "-c", path]);
    }

    /// <summary>A stream that gives few bytes at once.</summary>
    private sealed class SlowStream(byte[] bytes, int atOnce) : MemoryStream(bytes, writable: false)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atOnce));
    }
}
