using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Tar;

/// <summary>
/// Tar archives made to hurt, by name. Each is refused with a diagnostic that names the archive and the entry, and nothing is
/// written outside the store.
/// </summary>
public sealed class HostileTarTests : IDisposable
{
    private const string Damaged = "COMPOSE1001";
    private const string Unsafe = "COMPOSE1002";
    private const string TooLarge = "COMPOSE1003";
    private const string Contradiction = "COMPOSE1004";
    private const string NotAllowed = "COMPOSE1005";

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> HostileArchives => new()
    {
        // Paths that lead out.
        { "parent", Unsafe, "'../outside'" },
        { "parent inside", Unsafe, "'a/../../outside'" },
        { "parent at the end", Unsafe, "'a/..'" },
        { "absolute", Unsafe, "'/etc/passwd'" },
        { "absolute with two slashes", Unsafe, "'//etc/passwd'" },
        { "parent in a pax header", Unsafe, "'../outside'" },
        { "parent in a long name", Unsafe, "'../outside'" },
        { "absolute for all entries", Unsafe, "'/etc/passwd'" },
        { "NUL in a pax header", Damaged, "'first'" },

        // Symbolic links, and what is written through them.
        { "link above the root", Unsafe, "'a/b'" },
        { "link above the root and back", Unsafe, "'b'" },
        { "file through a link", Unsafe, "'link/file'" },
        { "file through an absolute link", Unsafe, "'link/passwd'" },
        { "directory through a link", Unsafe, "'link/d/'" },
        { "link through a link", Unsafe, "'link/second'" },
        { "file deep below a link", Unsafe, "'link/a/b/c'" },
        { "file through a hard link to a link", Unsafe, "'hard/passwd'" },
        { "link in place of a directory", Contradiction, "'d'" },
        { "link in place of a left-out directory", Contradiction, "'d'" },
        { "link in place of the root", Unsafe, "'./'" },
        { "link without a target", Damaged, "'a'" },
        { "link to 4096 bytes", Damaged, "'a'" },

        // Hard links.
        { "hard link to outside", Unsafe, "'a'" },
        { "hard link to an absolute path", Unsafe, "'a'" },
        { "hard link to nothing", Contradiction, "'a'" },
        { "hard link to itself", Contradiction, "'a'" },
        { "hard link to what comes later", Contradiction, "'a'" },
        { "hard link to a directory", Contradiction, "'d/loop'" },
        { "hard link to the root", Contradiction, "'loop'" },
        { "hard link through a link", Contradiction, "'a'" },

        // What is not allowed.
        { "character device", NotAllowed, "'null'" },
        { "block device", NotAllowed, "'sda'" },
        { "named pipe", NotAllowed, "'pipe'" },

        // The same name twice, or below a file.
        { "file twice", Contradiction, "'a'" },
        { "file twice by other names", Contradiction, "'.//d/./a'" },
        { "link twice", Contradiction, "'a'" },
        { "file in place of a hard link", Contradiction, "'b'" },
        { "file in place of a directory", Contradiction, "'d'" },
        { "directory in place of a file", Contradiction, "'d/'" },
        { "below a file", Contradiction, "'a/b'" },

        // Sizes that lie, and archives that end too early.
        { "size beyond the end", Damaged, "'a'" },
        { "size beyond all limits", TooLarge, "'a'" },
        { "size of 2^63 - 1", TooLarge, "'a'" },
        { "negative size", Damaged, "'first'" },
        { "negative size in a pax header", Damaged, "'first'" },
        { "size that is no number", Damaged, "'first'" },
        { "size beyond 64 bits", Damaged, "'first'" },
        { "owner beyond 32 bits", Damaged, "'first'" },
        { "cut off in a header", Damaged, "'first'" },
        { "cut off in a content", Damaged, "'a'" },
        { "no end mark", Damaged, "'first'" },
        { "wrong checksum", Damaged, "'first'" },

        // Names and attributes.
        { "deep", TooLarge, "'d/d/d/" },
        { "deep link", TooLarge, "'a'" },
        { "huge pax header", Damaged, "'first'" },
        { "huge long name", Damaged, "'first'" },
        { "pax headers that add up", Damaged, "'first'" },
        { "pax record beyond its header", Damaged, "'first'" },
        { "pax record without a value", Damaged, "'first'" },
        { "attributes for all entries", Damaged, "'first'" },
        { "sparse", Damaged, "'a'" },
        { "unknown type", Damaged, "'a'" },
    };

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public void A_hostile_archive_is_refused(string name, string code, string part)
    {
        var diagnostic = Refuse(Hostile(name));

        Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
        Assert.Contains("bad.tar", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(["store"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories));
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
    public void An_archive_cut_off_anywhere_is_refused()
    {
        var whole = new TarBytes().Directory("d/").File("d/a", "content").Symlink("d/b", "a").HardLink("c", "d/a").End();
        for (var length = 0; length <= whole.Length - 1024; length += 8)
        {
            Assert.Equal(Damaged, Refuse(whole[..length]).Descriptor.Code);
        }
    }

    [Fact]
    public void What_Linux_allows_is_kept()
    {
        var tree = Read(new TarBytes()
            .Add([0xFF, 0xFE], '0', [], []).File("README").File("readme").File("a\\..\\b").File("with\nline")
            .Symlink("circle", "circle").Symlink("d/up", "../d").Symlink("absolute", "/etc/passwd").Directory("d/").Directory("d").End());

        Assert.Equal(
            ["", "README", @"a\..\b", "absolute", "circle", "d", "d/up", "readme", @"with\x0aline", @"\xff\xfe"],
            tree.Select(item => item.Path.ToString()));
    }

    [Fact]
    public void A_name_of_a_megabyte_does_not_fill_the_message()
    {
        var message = Refuse(new TarBytes().Add("x", 'x', content: Record("path=" + new string('n', 1_000_000) + "/..")).File("a").End()).Message;

        Assert.InRange(message.Length, 300, 2000);
        Assert.Contains("'nnn", message, StringComparison.Ordinal);
        Assert.Contains("nn/..'", message, StringComparison.Ordinal);
    }

    private static byte[] Hostile(string name) => name switch
    {
        "parent" => new TarBytes().File("../outside", "x").End(),
        "parent inside" => new TarBytes().File("a/../../outside", "x").End(),
        "parent at the end" => new TarBytes().Directory("a/..").End(),
        "absolute" => new TarBytes().File("/etc/passwd", "x").End(),
        "absolute with two slashes" => new TarBytes().File("//etc/passwd", "x").End(),
        "parent in a pax header" => new TarBytes().Add("x", 'x', content: Record("path=../outside")).File("safe", "x").End(),
        "parent in a long name" => new TarBytes().Add("././@LongLink", 'L', content: "../outside\0"u8.ToArray()).File("safe", "x").End(),
        "absolute for all entries" => new TarBytes().Add("x", 'g', content: Record("path=/etc/passwd")).File("safe", "x").End(),
        "NUL in a pax header" => new TarBytes().File("first").Add("x", 'x', content: Record("path=a\0b")).File("safe").End(),
        "link above the root" => new TarBytes().Symlink("a/b", "../../etc/shadow").End(),
        "link above the root and back" => new TarBytes().Symlink("b", "x/../../y").End(),
        "file through a link" => new TarBytes().Symlink("link", "elsewhere").File("link/file", "x").End(),
        "file through an absolute link" => new TarBytes().Symlink("link", "/etc").File("link/passwd", "x").End(),
        "directory through a link" => new TarBytes().Symlink("link", "/etc").Directory("link/d/").End(),
        "link through a link" => new TarBytes().Symlink("link", "/etc").Symlink("link/second", "passwd").End(),
        "file deep below a link" => new TarBytes().Symlink("link", "/etc").File("link/a/b/c", "x").End(),
        "file through a hard link to a link" => new TarBytes().Symlink("link", "/etc").HardLink("hard", "link").File("hard/passwd", "x").End(),
        "link in place of a directory" => new TarBytes().Directory("d/").Symlink("d", "/etc").End(),
        "link in place of a left-out directory" => new TarBytes().File("d/a", "1").Symlink("d", "/etc").End(),
        "link in place of the root" => new TarBytes().Symlink("./", "/etc").End(),
        "link without a target" => new TarBytes().Symlink("a", "").End(),
        "link to 4096 bytes" => new TarBytes().Add("x", 'x', content: Record("linkpath=" + new string('t', 4096))).Symlink("a", "b").End(),
        "hard link to outside" => new TarBytes().HardLink("a", "../../etc/shadow").End(),
        "hard link to an absolute path" => new TarBytes().HardLink("a", "/etc/shadow").End(),
        "hard link to nothing" => new TarBytes().HardLink("a", "b").End(),
        "hard link to itself" => new TarBytes().HardLink("a", "a").End(),
        "hard link to what comes later" => new TarBytes().HardLink("a", "b").File("b").End(),
        "hard link to a directory" => new TarBytes().Directory("d/").HardLink("d/loop", "d").End(),
        "hard link to the root" => new TarBytes().Directory("./").HardLink("loop", ".").End(),
        "hard link through a link" => new TarBytes().Symlink("link", "/etc").HardLink("a", "link/passwd").End(),
        "character device" => new TarBytes().Add("null", '3').End(),
        "block device" => new TarBytes().Add("sda", '4').End(),
        "named pipe" => new TarBytes().Add("pipe", '6').End(),
        "file twice" => new TarBytes().File("a", "1").File("a", "2").End(),
        "file twice by other names" => new TarBytes().File("d/a", "1").File(".//d/./a", "2").End(),
        "link twice" => new TarBytes().Symlink("a", "1").Symlink("a", "2").End(),
        "file in place of a hard link" => new TarBytes().File("a", "1").HardLink("b", "a").File("b", "2").End(),
        "file in place of a directory" => new TarBytes().Directory("d/").File("d", "1").End(),
        "directory in place of a file" => new TarBytes().File("d", "1").Directory("d/").End(),
        "below a file" => new TarBytes().File("a", "1").File("a/b", "2").End(),
        "size beyond the end" => new TarBytes().File("a", "1", claimedSize: 1 << 20).End(),
        "size beyond all limits" => new TarBytes().File("a", "1", claimedSize: (1L << 33) - 1).File("b").End(),
        "size of 2^63 - 1" => new TarBytes().Add("x", 'x', content: Record($"size={long.MaxValue}")).File("a", "1").End(),
        "negative size" => Patch(124, [.. Enumerable.Repeat((byte)0xFF, 12)]),
        "negative size in a pax header" => new TarBytes().File("first").Add("x", 'x', content: Record("size=-1")).File("a", "1").End(),
        "size that is no number" => Patch(124, "0000000009x\0"u8),
        "size beyond 64 bits" => Patch(124, [0x80, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        "owner beyond 32 bits" => Patch(108, [0x80, 0, 0, 1, 0, 0, 0, 0]),
        "cut off in a header" => new TarBytes().File("first").File("a").End()[..700],
        "cut off in a content" => new TarBytes().File("a", new string('x', 5000)).End()[..2048],
        "no end mark" => new TarBytes().File("first").WithoutEnd(),
        "wrong checksum" => Changed(new TarBytes().File("first").File("a").End(), 512),
        "deep" => new TarBytes().Add("x", 'x', content: Record("path=" + string.Join('/', Enumerable.Repeat("d", 300)))).File("a").End(),
        "deep link" => new TarBytes().Add("x", 'x', content: Record("linkpath=" + string.Join('/', Enumerable.Repeat("d", 300)))).HardLink("a", "b").End(),
        "huge pax header" => new TarBytes().File("first").Add("x", 'x', claimedSize: 1L << 32).End(),
        "huge long name" => new TarBytes().File("first").Add("././@LongLink", 'L', claimedSize: 1L << 32).End(),
        "pax headers that add up" => new TarBytes().File("first").Add("x", 'x', content: Attribute("user.a", 600_000)).Add("x", 'x', content: Attribute("user.b", 600_000)).File("a").End(),
        "pax record beyond its header" => new TarBytes().File("first").Add("x", 'x', content: "99 path=a\n"u8.ToArray()).File("a").End(),
        "pax record without a value" => new TarBytes().File("first").Add("x", 'x', content: Record("path")).File("a").End(),
        "attributes for all entries" => new TarBytes().File("first").Add("x", 'g', content: Attribute("user.a", 1)).File("a").End(),
        "sparse" => new TarBytes().Add("x", 'x', content: Record("GNU.sparse.major=1")).File("a").End(),
        "unknown type" => new TarBytes().Add("a", 'Q').End(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static byte[] Attribute(string name, int length) => Record($"SCHILY.xattr.{name}={new string('v', length)}");

    /// <summary>A record of a pax header: its length, a blank, a key with its value, a line feed.</summary>
    private static byte[] Record(string text)
    {
        var rest = $" {text}\n";
        var length = rest.Length + 1;
        while ($"{length}{rest}".Length != length)
        {
            length++;
        }

        return Encoding.Latin1.GetBytes($"{length}{rest}");
    }

    /// <summary>An archive of two files with a field of the second's header changed, and the right checksum.</summary>
    private static byte[] Patch(int offset, ReadOnlySpan<byte> value)
    {
        var tar = new TarBytes().File("first").File("a", "1").End();
        var header = tar.AsSpan(512, 512);
        value.CopyTo(header[offset..]);
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var part in header)
        {
            sum += part;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
        return tar;
    }

    private static byte[] Changed(byte[] tar, int index)
    {
        tar[index] ^= 1;
        return tar;
    }

    private Diagnostic Refuse(byte[] tar) => Assert.Throws<DiagnosticException>(() => Read(tar)).Diagnostic;

    private FileTree Read(byte[] tar)
    {
        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();
        var limits = new ArchiveLimits { UnpackedBytes = 1L << 32 };
        return TarTreeReader.Read(new MemoryStream(tar), "bad.tar", transaction, limits, ArchiveRules.FilesAndLinks, Token);
    }
}
