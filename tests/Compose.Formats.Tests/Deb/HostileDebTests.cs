using System.IO.Compression;
using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Formats.Tar;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Deb;

/// <summary>
/// Debian packages made to hurt, by name. Each is refused with a diagnostic that names the package and the entry, and nothing is
/// written outside the store. What is wrong with the outer archive is in <see cref="HostileArTests"/>. Packages may have devices
/// and links above the root: they are laid over a root, and the checks of an extension tell of them.
/// </summary>
public sealed class HostileDebTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> HostileArchives => new()
    {
        { "parent", "COMPOSE1002", "'./../outside'" },
        { "parent inside", "COMPOSE1002", "'./a/../../outside'" },
        { "absolute", "COMPOSE1002", "'/etc/passwd'" },
        { "through a symlink", "COMPOSE1002", "'./lib/passwd'" },
        { "symlink through a symlink", "COMPOSE1002", "'./lib/second'" },
        { "through a hard link to a symlink", "COMPOSE1002", "'./hard/passwd'" },
        { "root replaced", "COMPOSE1002", "'./'" },
        { "hard link outside", "COMPOSE1002", "'./a'" },
        { "hard link to an absolute path", "COMPOSE1002", "'./a'" },
        { "hard link to nothing", "COMPOSE1004", "'./a'" },
        { "hard link to itself", "COMPOSE1004", "'./a'" },
        { "hard link to a directory", "COMPOSE1004", "'./d/loop'" },
        { "hard link through a symlink", "COMPOSE1004", "'./a'" },
        { "file twice", "COMPOSE1004", "'a'" },
        { "device twice", "COMPOSE1004", "'./null'" },
        { "directory becomes a link", "COMPOSE1004", "'./d'" },
        { "left-out directory becomes a link", "COMPOSE1004", "'./d'" },
        { "below a file", "COMPOSE1004", "'./a/b'" },
        { "below a device", "COMPOSE1004", "'./null/b'" },
        { "size beyond the end", "COMPOSE1001", "'./a'" },
        { "size beyond all limits", "COMPOSE1003", "'./a'" },
        { "deep", "COMPOSE1003", "'d/d/d/" },
        { "huge pax header", "COMPOSE1001", "names or attributes" },
        { "sparse", "COMPOSE1001", "'./a'" },
        { "unknown type", "COMPOSE1001", "'./a'" },
        { "no end mark", "COMPOSE1001", "'./a'" },
        { "empty link", "COMPOSE1001", "'./a'" },
        { "control archive without control", "COMPOSE1001", "'control'" },
        { "control archive with a parent", "COMPOSE1001", "'./../control'" },
        { "control archive with a folder", "COMPOSE1001", "'./a/control'" },
        { "control that is a link", "COMPOSE1001", "'./control'" },
        { "control twice", "COMPOSE1001", "'control'" },
        { "control without end", "COMPOSE1001", "truncated" },
        { "control of two megabytes", "COMPOSE1003", "'./control'" },
        { "field twice", "COMPOSE1001", "'Package'" },
        { "line that is no field", "COMPOSE1001", "'nothing'" },
        { "configuration file outside", "COMPOSE1001", "'/../etc/passwd'" },
        { "configuration files of two megabytes", "COMPOSE1003", "'./conffiles'" },
    };

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public void A_hostile_archive_is_refused(string name, string code, string part)
    {
        var diagnostic = Refuse(Hostile(name));

        Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
        Assert.Contains("bad.deb", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(["store"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void All_of_them_take_little_memory_and_change_nothing_around() => HostileProcess.Run(GetType(), "corpus", () =>
    {
        var count = 0;
        foreach (var row in HostileArchives)
        {
            var (name, code, part) = row.Data;
            A_hostile_archive_is_refused(name, code, part);
            count++;
        }

        return count;
    });

    [Fact]
    public void What_Linux_allows_is_kept()
    {
        var tar = new TarBytes().Add([(byte)'.', (byte)'/', 0xFF], '0', [], []).File("./README").File("./readme")
            .Symlink("./up", "../../etc/passwd").Symlink("./circle", "circle").Add("./null", '3');
        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();

        var files = DebReader.Read(new MemoryStream(tar.ToDeb()), "good.deb", transaction, cancellationToken: Token).Files;

        Assert.Equal(["", "README", "circle", "null", "readme", "up", @"\xff"], files.Select(item => item.Path.ToString()));
    }

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
        Assert.Contains("'./zeros'", diagnostic.Message, StringComparison.Ordinal);
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

    private static byte[] Hostile(string name) => name switch
    {
        "parent" => new TarBytes().File("./../outside", "x").ToDeb(),
        "parent inside" => new TarBytes().File("./a/../../outside", "x").ToDeb(),
        "absolute" => new TarBytes().File("/etc/passwd", "x").ToDeb(),
        "through a symlink" => new TarBytes().Symlink("./lib", "/etc").File("./lib/passwd", "x").ToDeb(),
        "symlink through a symlink" => new TarBytes().Symlink("./lib", "/etc").Symlink("./lib/second", "passwd").ToDeb(),
        "through a hard link to a symlink" => new TarBytes().Symlink("./lib", "/etc").HardLink("./hard", "./lib").File("./hard/passwd", "x").ToDeb(),
        "root replaced" => new TarBytes().Symlink("./", "/etc").ToDeb(),
        "hard link outside" => new TarBytes().HardLink("./a", "../../etc/passwd").ToDeb(),
        "hard link to an absolute path" => new TarBytes().HardLink("./a", "/etc/passwd").ToDeb(),
        "hard link to nothing" => new TarBytes().HardLink("./a", "./missing").ToDeb(),
        "hard link to itself" => new TarBytes().HardLink("./a", "./a").ToDeb(),
        "hard link to a directory" => new TarBytes().Directory("./d").HardLink("./d/loop", "./d").ToDeb(),
        "hard link through a symlink" => new TarBytes().Symlink("./lib", "/etc").HardLink("./a", "./lib/passwd").ToDeb(),
        "file twice" => new TarBytes().File("./a", "1").File("a", "2").ToDeb(),
        "device twice" => new TarBytes().Add("./null", '3').Add("./null", '3').ToDeb(),
        "directory becomes a link" => new TarBytes().Directory("./d").Symlink("./d", "/etc").ToDeb(),
        "left-out directory becomes a link" => new TarBytes().File("./d/a", "1").Symlink("./d", "/etc").ToDeb(),
        "below a file" => new TarBytes().File("./a", "1").File("./a/b", "2").ToDeb(),
        "below a device" => new TarBytes().Add("./null", '3').File("./null/b", "2").ToDeb(),
        "size beyond the end" => new TarBytes().File("./a", "1", claimedSize: 1 << 20).ToDeb(),
        "size beyond all limits" => new TarBytes().File("./a", "1", claimedSize: (1L << 33) - 1).File("./b").ToDeb(),
        "deep" => new TarBytes().Add("x", 'x', content: DeepPath()).File("./a").ToDeb(),
        "huge pax header" => new TarBytes().Add("x", 'x', claimedSize: 1L << 32).ToDeb(),
        "sparse" => new TarBytes().Add("x", 'x', content: "22 GNU.sparse.major=1\n"u8.ToArray()).File("./a").ToDeb(),
        "unknown type" => new TarBytes().Add("./a", 'Q').ToDeb(),
        "no end mark" => TarBytes.Deb(new TarBytes().File("./a", "x").WithoutEnd()),
        "empty link" => new TarBytes().Symlink("./a", string.Empty).ToDeb(),
        "control archive without control" => WithControl(new TarBytes().File("./md5sums", "x")),
        "control archive with a parent" => WithControl(new TarBytes().File("./../control", "Package: a\n")),
        "control archive with a folder" => WithControl(new TarBytes().File("./a/control", "Package: a\n")),
        "control that is a link" => WithControl(new TarBytes().Symlink("./control", "/etc/passwd")),
        "control twice" => WithControl(new TarBytes().File("./control", "Package: a\n").File("control", "Package: b\n")),
        "control without end" => TarBytes.Ar(Format, ("control.tar", new TarBytes().File("./control", "Package: a\n").WithoutEnd()), ("data.tar", new TarBytes().End())),
        "control of two megabytes" => WithControl(new TarBytes().File("./control", "Package: a\n", claimedSize: 2 << 20)),
        "field twice" => WithControl(new TarBytes().File("./control", "Package: a\nPackage: b\n")),
        "line that is no field" => WithControl(new TarBytes().File("./control", "Package: a\nnothing\n")),
        "configuration file outside" => WithControl(new TarBytes().File("./control", "Package: a\n").File("./conffiles", "/etc/a\n/../etc/passwd\n")),
        "configuration files of two megabytes" => WithControl(new TarBytes().File("./control", "Package: a\n").File("./conffiles", "/etc/a\n", claimedSize: 2 << 20)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static (string Name, byte[] Content) Format => ("debian-binary", "2.0\n"u8.ToArray());

    private static byte[] WithControl(TarBytes control) => TarBytes.Ar(Format, ("control.tar", control.End()), ("data.tar", new TarBytes().End()));

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
