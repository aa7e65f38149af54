using System.IO.Compression;
using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Formats.Tar;

namespace Compose.Formats.Tests.Deb;

public sealed class HostileDebTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> HostileArchives => new()
    {
        { "parent", "COMPOSE1002" },
        { "absolute", "COMPOSE1002" },
        { "through a symlink", "COMPOSE1002" },
        { "root replaced", "COMPOSE1002" },
        { "hard link outside", "COMPOSE1002" },
        { "hard link to nothing", "COMPOSE1004" },
        { "hard link to a directory", "COMPOSE1004" },
        { "file twice", "COMPOSE1004" },
        { "directory becomes a link", "COMPOSE1004" },
        { "left-out directory becomes a link", "COMPOSE1004" },
        { "below a file", "COMPOSE1004" },
        { "size beyond the end", "COMPOSE1001" },
        { "size beyond all limits", "COMPOSE1003" },
        { "deep", "COMPOSE1003" },
        { "huge pax header", "COMPOSE1001" },
        { "sparse", "COMPOSE1001" },
        { "unknown type", "COMPOSE1001" },
        { "no end mark", "COMPOSE1001" },
        { "empty link", "COMPOSE1001" },
    };

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public void A_hostile_archive_is_refused(string name, string code)
    {
        var deb = name == "no end mark"
            ? TarBytes.Deb(new TarBytes().File("./a", "x").WithoutEnd())
            : Hostile(name).ToDeb();

        var diagnostic = Refuse(deb);

        Assert.Equal(code, diagnostic.Descriptor.Code);
        Assert.Contains("bad.deb", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_diagnostic_names_the_entry() =>
        Assert.Contains("'./../outside'", Refuse(Hostile("parent").ToDeb()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("gz")]
    [InlineData("xz")]
    [InlineData("zst")]
    public void A_bomb_stops_at_the_limit(string extension)
    {
        var tar = new TarBytes().File("./zeros", new string('\0', 8 << 20)).End();
        var deb = TarBytes.Deb(Compress(tar, extension), $"data.tar.{extension}");

        var diagnostic = Refuse(deb, new ArchiveLimits { UnpackedBytesWithoutRatio = 1 << 20, Ratio = 10 });

        Assert.Equal("COMPOSE1003", diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Too_many_entries_are_refused()
    {
        var tar = new TarBytes().File("./a").File("./b").File("./c");

        Assert.Equal("COMPOSE1003", Refuse(tar.ToDeb(), new ArchiveLimits { Entries = 2 }).Descriptor.Code);
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("xz")]
    [InlineData("zst")]
    [InlineData("")]
    public void A_deb_cut_anywhere_is_refused(string extension)
    {
        var random = new Random(1);
        var noise = new byte[20_000];
        random.NextBytes(noise);
        var tar = new TarBytes().Add("./noise", '0', content: noise).End();
        var deb = extension.Length == 0 ? TarBytes.Deb(tar) : TarBytes.Deb(Compress(tar, extension), $"data.tar.{extension}");
        for (var length = 0; length < deb.Length - 1; length += 1 + (length / 40))
        {
            Assert.Equal("COMPOSE1001", Refuse(deb[..length]).Descriptor.Code);
        }
    }

    [Theory]
    [InlineData("xz")]
    [InlineData("gz")]
    public void A_flipped_bit_is_noticed(string extension)
    {
        var random = new Random(2);
        var noise = new byte[5_000];
        random.NextBytes(noise);
        var data = Compress(new TarBytes().Add("./noise", '0', content: noise).End(), extension);
        for (var i = 0; i < 60; i++)
        {
            var broken = data.ToArray();

            // The flags and time of a gzip header are free; the rest is covered by its checksums.
            broken[random.Next(12, data.Length - 30)] ^= (byte)(1 << random.Next(8));
            Assert.Equal("COMPOSE1001", Refuse(TarBytes.Deb(broken, $"data.tar.{extension}")).Descriptor.Code);
        }
    }

    [Fact]
    public void Random_damage_gives_a_diagnostic_or_a_tree()
    {
        var deb = new TarBytes().Directory("./usr").File("./usr/a", "text").Symlink("./usr/b", "a").HardLink("./c", "./usr/a").ToDeb();
        var random = new Random(3);
        for (var i = 0; i < 3000; i++)
        {
            var broken = deb.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            using var transaction = new ContentStore(_folder["store"]).BeginTransaction();
            try
            {
                DebReader.Read(new MemoryStream(broken), "bad.deb", transaction, cancellationToken: Token);
            }
            catch (DiagnosticException e)
            {
                Assert.StartsWith("COMPOSE100", e.Diagnostic.Descriptor.Code, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("control.tar", "data.tar.bz2")]
    [InlineData("control.tar", "other")]
    [InlineData("data.tar", "control.tar")]
    public void Members_of_other_names_are_refused(string second, string third)
    {
        var control = new TarBytes().File("control", "Package: a\n").End();
        var deb = TarBytes.Ar(("debian-binary", "2.0\n"u8.ToArray()), (second, control), (third, control));

        Assert.Equal("COMPOSE1001", Refuse(deb).Descriptor.Code);
    }

    [Fact]
    public void Xz_data_of_several_streams_are_read_to_the_end()
    {
        var tar = new TarBytes().File("./a", new string('a', 4000)).File("./b", "b").End();
        byte[] data = [.. Compress(tar[..2048], "xz"), 0, 0, 0, 0, .. Compress(tar[2048..], "xz")];

        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();
        var package = DebReader.Read(new MemoryStream(TarBytes.Deb(data, "data.tar.xz")), "two.deb", transaction, cancellationToken: Token);

        Assert.Equal(3, package.Files.Count);
    }

    private static TarBytes Hostile(string name) => name switch
    {
        "parent" => new TarBytes().File("./../outside", "x"),
        "absolute" => new TarBytes().File("/etc/passwd", "x"),
        "through a symlink" => new TarBytes().Symlink("./lib", "/etc").File("./lib/passwd", "x"),
        "root replaced" => new TarBytes().Symlink("./", "/etc"),
        "hard link outside" => new TarBytes().HardLink("./a", "../../etc/passwd"),
        "hard link to nothing" => new TarBytes().HardLink("./a", "./missing"),
        "hard link to a directory" => new TarBytes().Directory("./d").HardLink("./a", "./d"),
        "file twice" => new TarBytes().File("./a", "1").File("a", "2"),
        "directory becomes a link" => new TarBytes().Directory("./d").Symlink("./d", "/etc"),
        "left-out directory becomes a link" => new TarBytes().File("./d/a", "1").Symlink("./d", "/etc"),
        "below a file" => new TarBytes().File("./a", "1").File("./a/b", "2"),
        "size beyond the end" => new TarBytes().File("./a", "1", claimedSize: 1 << 20),
        "size beyond all limits" => new TarBytes().File("./a", "1", claimedSize: (1L << 33) - 1).File("./b"),
        "deep" => new TarBytes().Add("x", 'x', content: DeepPath()).File("./a"),
        "huge pax header" => new TarBytes().Add("x", 'x', claimedSize: 1L << 32),
        "sparse" => new TarBytes().Add("x", 'x', content: "22 GNU.sparse.major=1\n"u8.ToArray()).File("./a"),
        "unknown type" => new TarBytes().Add("./a", 'Q'),
        "empty link" => new TarBytes().Symlink("./a", string.Empty),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static byte[] DeepPath()
    {
        var path = string.Concat(Enumerable.Repeat("d/", 400));
        return System.Text.Encoding.ASCII.GetBytes($"810 path={path}\n");
    }

    private Diagnostic Refuse(byte[] deb, ArchiveLimits? limits = null)
    {
        limits ??= new ArchiveLimits { UnpackedBytes = 1L << 32 };
        Diagnostic diagnostic;
        using (var transaction = new ContentStore(_folder["store"]).BeginTransaction())
        {
            diagnostic = Assert.Throws<DiagnosticException>(() =>
                DebReader.Read(new MemoryStream(deb), "bad.deb", transaction, limits, Token)).Diagnostic;
        }

        Assert.Empty(Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories));
        return diagnostic;
    }

    private byte[] Compress(byte[] bytes, string extension)
    {
        if (extension == "gz")
        {
            using var output = new MemoryStream();
            using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
            {
                gzip.Write(bytes);
            }

            return output.ToArray();
        }

        var path = _folder["plain"];
        File.WriteAllBytes(path, bytes);
        return extension == "xz" ? Tool.RunBytes("xz", "-c", path) : Tool.RunBytes("zstd", "-q", "-c", "--check", path);
    }
}
