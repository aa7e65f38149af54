using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Formats.Tests.Deb;
using Compose.Tests.Hostile;
using Compose.Tests.Oci;

namespace Compose.Formats.Tests.Oci;

/// <summary>Layers made to hurt. Each is refused with a diagnostic that names the layer or image, and nothing is written outside the store.</summary>
public sealed class HostileLayerTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly ContentStore _store;

    public HostileLayerTests() => _store = new ContentStore(_folder["store"]);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> HostileLayers => new()
    {
        { "parent", "COMPOSE1002", "'./../outside'" },
        { "absolute", "COMPOSE1002", "'/etc/passwd'" },
        { "through a link of its own layer", "COMPOSE1002", "'lib/passwd'" },
        { "through a link of a lower layer out of the image", "COMPOSE1002", "'a/out'" },
        { "through a link of a lower layer to nothing", "COMPOSE1002", "'out'" },
        { "through links in a circle", "COMPOSE1002", "'a'" },
        { "through a link that is too long for Linux", "COMPOSE1001", "'l'" },
        { "through a hard link to a link", "COMPOSE1002", "'hard/passwd'" },
        { "link through a link of its own layer", "COMPOSE1002", "'lib/second'" },
        { "below a file of a lower layer", "COMPOSE1004", "'a'" },
        { "twice through a link", "COMPOSE1004", "'l/a'" },
        { "root replaced", "COMPOSE1002", "'./'" },
        { "hard link outside", "COMPOSE1002", "'a'" },
        { "hard link to an absolute path", "COMPOSE1002", "'a'" },
        { "hard link to nothing", "COMPOSE1004", "'a'" },
        { "hard link to a directory of a lower layer", "COMPOSE1004", "'a'" },
        { "hard link to what the layer takes away", "COMPOSE1004", "'b'" },
        { "file twice", "COMPOSE1004", "'a'" },
        { "directory becomes a link", "COMPOSE1004", "'d'" },
        { "hard link to itself", "COMPOSE1004", "'a'" },
        { "link and file of one name", "COMPOSE1004", "'a'" },
        { "whiteout of the parent", "COMPOSE1002", "'a/.wh...'" },
        { "whiteout of itself", "COMPOSE1002", "'a/.wh..'" },
        { "whiteout without a name", "COMPOSE1002", "'a/.wh.'" },
        { "whiteout outside", "COMPOSE1002", "'../.wh.a'" },
        { "below a whiteout", "COMPOSE1076", "'.wh.a/b'" },
        { "deep", "COMPOSE1003", "'d/d/d/" },
        { "deep whiteout", "COMPOSE1003", "'d/d/d/" },
        { "deep through a link of a lower layer", "COMPOSE1003", "through symbolic links" },
        { "size beyond the end", "COMPOSE1001", "'a'" },
        { "size beyond all limits", "COMPOSE1003", "'a'" },
        { "huge pax header", "COMPOSE1001", "names or attributes" },
        { "sparse", "COMPOSE1001", "'a'" },
        { "unknown type", "COMPOSE1001", "'a'" },
        { "no tar", "COMPOSE1001", "header of the tar archive" },
        { "xz", "COMPOSE1001", "compressed in a way" },
        { "nothing", "COMPOSE1001", "truncated" },
        { "ends in content", "COMPOSE1001", "'a'" },
        { "ends in a header", "COMPOSE1001", "'a'" },
        { "ends behind a pax header", "COMPOSE1001", "'a'" },
    };

    [Theory]
    [MemberData(nameof(HostileLayers))]
    public void A_hostile_layer_is_refused(string name, string code, string part)
    {
        var diagnostic = Refuse(Hostile(name));

        Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
        Assert.Contains("the image", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(["store"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        Assert.Empty(Directory.GetFiles(_store.PartialDirectory));
    }

    [Fact]
    public void All_of_them_take_little_memory_and_change_nothing_around() => HostileProcess.Run(GetType(), "corpus", () =>
    {
        var count = 0;
        foreach (var row in HostileLayers)
        {
            var (name, code, part) = row.Data;
            A_hostile_layer_is_refused(name, code, part);
            count++;
        }

        return count;
    });

    [Fact]
    public void A_layer_that_is_another_than_its_configuration_says_is_refused()
    {
        var layer = new TarBytes().File("a", "x").End();

        var diagnostic = Assert.Throws<DiagnosticException>(() => Read(layer, Sha256Digest.Of("another"u8), ArchiveLimits.Default)).Diagnostic;

        Assert.Equal("COMPOSE1076", diagnostic.Descriptor.Code);
        Assert.Contains(Sha256Digest.Of("another"u8).ToString(), diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_behind_the_archive_count_for_the_digest()
    {
        var layer = new TarBytes().File("a", "x").End();

        Assert.Equal("COMPOSE1076", Assert.Throws<DiagnosticException>(() => Read([.. layer, 1], Sha256Digest.Of(layer), ArchiveLimits.Default)).Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zst")]
    public void A_bomb_stops_at_the_limit(string compression)
    {
        var plain = new TarBytes().File("zeros", new string('\0', 8 << 20)).End();
        var packed = compression == "gz" ? LayoutFolder.Gzip(plain) : Zstd(plain);

        var limits = new ArchiveLimits { UnpackedBytesWithoutRatio = 1 << 20, Ratio = 10 };
        var diagnostic = Assert.Throws<DiagnosticException>(() => Read(packed, Sha256Digest.Of(plain), limits)).Diagnostic;

        Assert.Equal("COMPOSE1003", diagnostic.Descriptor.Code);
        Assert.Contains("'zeros'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_whiteouts_are_refused()
    {
        var layer = new TarBytes().File(".wh.a").File(".wh.b").File(".wh.c").End();

        Assert.Equal("COMPOSE1003", Assert.Throws<DiagnosticException>(
            () => Read(layer, Sha256Digest.Of(layer), new ArchiveLimits { Entries = 2 })).Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".wh.")]
    public void Names_that_would_fill_the_memory_are_refused(string prefix)
    {
        // Each name is short in the compressed archive, and each leads through directories of its own.
        var layer = new TarBytes();
        for (var i = 0; i < 200; i++)
        {
            var path = $"{i}/" + string.Concat(Enumerable.Repeat(new string('d', 200) + "/", 200)) + prefix + "a";
            var record = $" path={path}\n";
            layer.Add("x", 'x', content: Encoding.ASCII.GetBytes($"{record.Length + 5}{record}")).File("a");
        }

        var bytes = layer.End();

        Assert.Equal("COMPOSE1003", Assert.Throws<DiagnosticException>(
            () => Read(bytes, Sha256Digest.Of(bytes), new ArchiveLimits { NameBytes = 4 << 20 })).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Many_paths_through_chains_of_long_links_lead_where_these_lead()
    {
        // Each link goes a thousand times in and out before the next one: followed anew for each path this would take minutes.
        var lower = new TarBytes().Directory("d").File("d/kept");
        for (var i = 0; i < 30; i++)
        {
            lower.Add("x", 'x', content: PaxRecord("linkpath", Repeat("d/../", 800) + (i == 0 ? "d" : $"l{i - 1}"))).Symlink($"l{i}", "");
        }

        var upper = new TarBytes();
        for (var i = 0; i < 3000; i++)
        {
            lower.File($"d/{i}");
            upper.File($"l29/.wh.{i}");
        }

        var stack = new LayerStack("the image", ArchiveLimits.Default);
        stack.Apply(ReadPlain(lower.End(), ArchiveLimits.Default));
        stack.Apply(ReadPlain(upper.File("l29/new").End(), ArchiveLimits.Default));

        Assert.Equal(["d", "d/kept", "d/new"], stack.Tree.Select(item => item.Path.ToString()).Where(path => path.StartsWith('d')));
    }

    [Fact]
    public void Names_that_grow_through_a_link_of_a_lower_layer_are_refused()
    {
        var limits = new ArchiveLimits { NameBytes = 2000 };
        var folder = new string('d', 90);
        var upper = new TarBytes();
        for (var i = 0; i < 30; i++)
        {
            upper.File($"l/{i}");
        }

        var stack = new LayerStack("the image", limits);
        stack.Apply(ReadPlain(new TarBytes().Directory($"{folder}/").Symlink("l", folder).End(), limits));

        var diagnostic = Assert.Throws<DiagnosticException>(() => stack.Apply(ReadPlain(upper.End(), limits))).Diagnostic;

        Assert.Equal("COMPOSE1003", diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Too_many_entries_of_all_layers_are_refused()
    {
        var limits = new ArchiveLimits { Entries = 4 };
        var stack = new LayerStack("the image", limits);
        stack.Apply(ReadPlain(new TarBytes().File("a").File("b").End(), limits));

        var diagnostic = Assert.Throws<DiagnosticException>(() => stack.Apply(ReadPlain(new TarBytes().File("c").File("d").End(), limits))).Diagnostic;

        Assert.Equal("COMPOSE1003", diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("zst")]
    [InlineData("")]
    public void A_layer_cut_anywhere_is_refused(string compression)
    {
        var noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        var plain = new TarBytes().Add("noise", '0', content: noise).End();
        var packed = compression switch { "gz" => LayoutFolder.Gzip(plain), "zst" => Zstd(plain), _ => plain };
        for (var length = 0; length < packed.Length - 1; length += 1 + (length / 40))
        {
            Assert.StartsWith("COMPOSE10", Assert.Throws<DiagnosticException>(
                () => Read(packed[..length], Sha256Digest.Of(plain), ArchiveLimits.Default)).Diagnostic.Descriptor.Code, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_damage_gives_a_diagnostic()
    {
        var layer = new TarBytes().Directory("usr").File("usr/a", "text").Symlink("usr/b", "a").HardLink("c", "usr/a").File("usr/.wh.d").End();
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var broken = layer.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }

            // Its own digest is right, as of a layer that someone made so.
            try
            {
                new LayerStack("the image", ArchiveLimits.Default).Apply(ReadPlain(broken, new ArchiveLimits { UnpackedBytes = 1L << 32 }));
            }
            catch (DiagnosticException e)
            {
                Assert.StartsWith("COMPOSE10", e.Diagnostic.Descriptor.Code, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void What_Linux_allows_is_kept()
    {
        var layer = new TarBytes().Add([0xFF, 0xFE], '0', [], []).File("Readme").File("README").Add("null", '3').Symlink("up", "../../etc").Symlink("circle", "circle").End();

        var files = ReadPlain(layer, ArchiveLimits.Default).Files;

        Assert.Equal(["", "README", "Readme", "circle", "null", "up", @"\xff\xfe"], files.Select(item => item.Path.ToString()));
    }

    /// <summary>An image that harms, as its layers.</summary>
    private static byte[][] Hostile(string name) => name switch
    {
        "parent" => [new TarBytes().File("./../outside", "x").End()],
        "absolute" => [new TarBytes().File("/etc/passwd", "x").End()],
        "through a link of its own layer" => [new TarBytes().Symlink("lib", "/etc").File("lib/passwd", "x").End()],
        "through a link of a lower layer out of the image" =>
            [new TarBytes().Directory("a").Symlink("a/out", "../../etc").End(), new TarBytes().File("a/out/passwd", "x").End()],
        "through a link of a lower layer to nothing" => [new TarBytes().Symlink("out", "/etc").End(), new TarBytes().File("out/passwd", "x").End()],
        "through links in a circle" => [new TarBytes().Symlink("a", "b").Symlink("b", "a").End(), new TarBytes().File("a/x", "x").End()],
        "through a link that is too long for Linux" =>
        [
            new TarBytes().Directory("d").Add("x", 'x', content: PaxRecord("linkpath", Repeat("d/../", 1000) + "d")).Symlink("l", "").End(),
            new TarBytes().File("l/a").End(),
        ],
        "through a hard link to a link" => [new TarBytes().Symlink("lib", "/etc").HardLink("hard", "lib").File("hard/passwd", "x").End()],
        "link through a link of its own layer" => [new TarBytes().Symlink("lib", "/etc").Symlink("lib/second", "passwd").End()],
        "below a file of a lower layer" => [new TarBytes().File("a").End(), new TarBytes().File("a/b").End()],
        "twice through a link" => [new TarBytes().Directory("d").Symlink("l", "d").End(), new TarBytes().File("d/a", "1").File("l/a", "2").End()],
        "root replaced" => [new TarBytes().Symlink("./", "/etc").End()],
        "hard link outside" => [new TarBytes().HardLink("a", "../../etc/passwd").End()],
        "hard link to an absolute path" => [new TarBytes().HardLink("a", "/etc/passwd").End()],
        "hard link to nothing" => [new TarBytes().HardLink("a", "missing").End()],
        "hard link to a directory of a lower layer" => [new TarBytes().Directory("d").End(), new TarBytes().HardLink("a", "d").End()],
        "hard link to what the layer takes away" => [new TarBytes().File("a").End(), new TarBytes().File(".wh.a").HardLink("b", "a").End()],
        "file twice" => [new TarBytes().File("a", "1").File("a", "2").End()],
        "directory becomes a link" => [new TarBytes().Directory("d").Symlink("d", "/etc").End()],
        "hard link to itself" => [new TarBytes().HardLink("a", "a").End()],
        "link and file of one name" => [new TarBytes().File("x").End(), new TarBytes().HardLink("a", "x").File("a", "2").End()],
        "whiteout of the parent" => [new TarBytes().File("a/.wh...").End()],
        "whiteout of itself" => [new TarBytes().File("a/.wh..").End()],
        "whiteout without a name" => [new TarBytes().File("a/.wh.").End()],
        "whiteout outside" => [new TarBytes().File("../.wh.a").End()],
        "below a whiteout" => [new TarBytes().File(".wh.a/b").End()],
        "deep" => [new TarBytes().Add("x", 'x', content: DeepPath("d/")).File("a").End()],
        "deep whiteout" => [new TarBytes().Add("x", 'x', content: DeepPath("d/", ".wh.a")).File("a").End()],
        "deep through a link of a lower layer" =>
        [
            new TarBytes().Directory(Repeat("d/", 49)).Symlink("l", Repeat("d/", 48) + "d").End(),
            new TarBytes().Add("x", 'x', content: PaxRecord("path", $"l/{Repeat("d/", 230)}a")).File("a").End(),
        ],
        "size beyond the end" => [new TarBytes().File("a", "1", claimedSize: 1 << 20).End()],
        "size beyond all limits" => [new TarBytes().File("a", "1", claimedSize: (1L << 33) - 1).File("b").End()],
        "huge pax header" => [new TarBytes().Add("x", 'x', claimedSize: 1L << 32).End()],
        "sparse" => [new TarBytes().Add("x", 'x', content: "22 GNU.sparse.major=1\n"u8.ToArray()).File("a").End()],
        "unknown type" => [new TarBytes().Add("a", 'Q').End()],
        "no tar" => [Encoding.ASCII.GetBytes(new string('x', 2000))],
        "xz" => [[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, .. new byte[100]]],
        "nothing" => [[]],
        "ends in content" => [new TarBytes().File("a", "12345").End()[..514]],
        "ends in a header" => [new TarBytes().File("a", "12345").File("b").End()[..1100]],
        "ends behind a pax header" => [new TarBytes().File("a").Add("x", 'x', content: "12 path=abc\n"u8.ToArray()).End()[..1536]],
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static byte[] DeepPath(string part, string end = "") => PaxRecord("path", Repeat(part, 400) + end);

    private static string Repeat(string part, int count) => string.Concat(Enumerable.Repeat(part, count));

    /// <summary>A PAX record of 100 to 9999 bytes: its length counts its own digits.</summary>
    private static byte[] PaxRecord(string name, string value)
    {
        var record = $" {name}={value}\n";
        return Encoding.ASCII.GetBytes($"{record.Length + (record.Length < 997 ? 3 : 4)}{record}");
    }

    private Diagnostic Refuse(byte[][] layers) => Assert.Throws<DiagnosticException>(() =>
    {
        var stack = new LayerStack("the image", ArchiveLimits.Default);
        foreach (var layer in layers)
        {
            stack.Apply(ReadPlain(layer, new ArchiveLimits { UnpackedBytes = 1L << 32 }));
        }
    }).Diagnostic;

    private ImageLayer ReadPlain(byte[] layer, ArchiveLimits limits) => Read(layer, Sha256Digest.Of(layer), limits);

    private ImageLayer Read(byte[] packed, Sha256Digest diffId, ArchiveLimits limits) =>
        LayerReader.Read(new BytesContent(packed), diffId, "The layer of the image", _store, limits);

    private byte[] Zstd(byte[] bytes)
    {
        var path = _folder["store/plain"];
        File.WriteAllBytes(path, bytes);
        return Tool.RunBytes("zstd", "-q", "-c", "--check", path);
    }
}
