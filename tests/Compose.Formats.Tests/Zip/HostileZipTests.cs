using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Formats.Zip;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Zip;

/// <summary>
/// Zip archives made to hurt, by name. Each is refused with a diagnostic that names the archive and the entry, and nothing is
/// written outside the store. Zip has no hard links.
/// </summary>
public sealed class HostileZipTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> HostileArchives => new()
    {
        { "parent", "COMPOSE1002", "'../outside'" },
        { "absolute", "COMPOSE1002", "'/etc/passwd'" },
        { "parent inside", "COMPOSE1002", "'a/../../b'" },
        { "parent at the end", "COMPOSE1002", "'a/..'" },
        { "through a symlink", "COMPOSE1002", "'link/file'" },
        { "deep below a symlink", "COMPOSE1002", "'link/a/b/c'" },
        { "symlink through a symlink", "COMPOSE1002", "'link/second'" },
        { "symlink above the root", "COMPOSE1002", "'a/link'" },
        { "symlink above the root and back", "COMPOSE1002", "'link'" },
        { "link in place of a directory", "COMPOSE1004", "'d'" },
        { "link in place of the root", "COMPOSE1002", "'.'" },
        { "parent in the other name", "COMPOSE1002", "'../unicode'" },
        { "nul in a name", "COMPOSE1002", "'a\\x00b'" },
        { "device", "COMPOSE1005", "'null'" },
        { "block device", "COMPOSE1005", "'sda'" },
        { "named pipe", "COMPOSE1005", "'pipe'" },
        { "socket", "COMPOSE1001", "'socket'" },
        { "file twice", "COMPOSE1004", "'a'" },
        { "file and directory", "COMPOSE1004", "'a/b'" },
        { "file twice by other names", "COMPOSE1004", "'./d//a'" },
        { "overlapping", "COMPOSE1004", "'b' and another entry share the bytes" },
        { "same header twice", "COMPOSE1004", "'a' and another entry share the bytes" },
        { "encrypted", "COMPOSE1001", "encrypted" },
        { "strong encryption", "COMPOSE1001", "encrypted" },
        { "unknown method", "COMPOSE1001", "method 14" },
        { "other name in the local header", "COMPOSE1001", "names it 'b'" },
        { "other method in the local header", "COMPOSE1001", "says something else" },
        { "other size in the local header", "COMPOSE1001", "says something else" },
        { "wrong checksum", "COMPOSE1001", "checksum" },
        { "claims less", "COMPOSE1001", "more than the 3 bytes" },
        { "claims more", "COMPOSE1001", "claims 100" },
        { "stored sizes differ", "COMPOSE1001", "two different sizes" },
        { "packed beyond the directory", "COMPOSE1001", "into the central directory" },
        { "local header behind the directory", "COMPOSE1001", "local header" },
        { "claims 4 GB", "COMPOSE1003", "'a'" },
        { "claims 10 GB", "COMPOSE1003", "'a'" },
        { "claims 2^63 - 1 bytes", "COMPOSE1003", "'a'" },
        { "claims a negative size", "COMPOSE1001", "negative" },
        { "together more than allowed", "COMPOSE1003", "'b'" },
        { "deep", "COMPOSE1003", "'d/d/d/" },
        { "long link", "COMPOSE1001", "symbolic link" },
        { "empty link", "COMPOSE1001", "target of 0 bytes" },
        { "directory with content", "COMPOSE1001", "'d/'" },
        { "more entries claimed", "COMPOSE1001", "claims 9" },
        { "fewer entries claimed", "COMPOSE1001", "longer" },
        { "directory elsewhere", "COMPOSE1001", "central directory" },
        { "zip64 sizes without values", "COMPOSE1001", "4 GiB" },
        { "extra field too long", "COMPOSE1001", "extra field" },
        { "only an end", "COMPOSE1001", "central directory" },
    };

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public void A_hostile_archive_is_refused(string name, string code, string part)
    {
        var diagnostic = Refuse(Hostile(name));

        Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
        Assert.Contains("bad.zip", diagnostic.Message, StringComparison.Ordinal);
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
        var whole = new ZipBytes().File("a", "content").File("b/c", "more").End();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal("COMPOSE1001", Refuse(whole[..length]).Descriptor.Code);
        }
    }

    [Fact]
    public void A_bomb_is_seen_by_what_it_claims_or_by_what_comes_out()
    {
        var limits = new ArchiveLimits { UnpackedBytesWithoutRatio = 1 << 20, Ratio = 10 };
        var zeros = new byte[8 << 20];

        Assert.Equal("COMPOSE1003", Refuse(new ZipBytes().Add(new("zeros") { Content = zeros, Method = 8 }).End(), limits).Descriptor.Code);
        Assert.Equal("COMPOSE1001", Refuse(new ZipBytes().Add(new("zeros") { Content = zeros, Method = 8, ClaimedSize = 1000 }).End(), limits).Descriptor.Code);
        Assert.Equal("COMPOSE1003", Refuse(new ZipBytes().File("a").File("b").File("c").End(), new ArchiveLimits { Entries = 2 }).Descriptor.Code);
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories), file => new FileInfo(file).Length > 1 << 20);
    }

    [Fact]
    public void Changed_archives_never_do_more_than_fail()
    {
        var original = new ZipBytes().File("bin/a", new string('a', 2000)).Symlink("bin/b", "a")
            .Add(new("c") { Content = new byte[5000], Method = 8 }).Add(new("d/") { Content = [], Mode = 0x41ED }).End();
        var read = 0;
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var bytes = original.ToArray();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                Read(random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes, ArchiveLimits.Default);
                read++;
            }
            catch (DiagnosticException)
            {
                // What a damaged archive is for.
            }
        }

        Assert.InRange(read, 1, 2999);
    }

    private static byte[] Hostile(string name) => name switch
    {
        "parent" => new ZipBytes().File("../outside").End(),
        "absolute" => new ZipBytes().File("/etc/passwd").End(),
        "parent inside" => new ZipBytes().File("a/../../b").End(),
        "parent at the end" => new ZipBytes().File("a/..").End(),
        "deep below a symlink" => new ZipBytes().Symlink("link", "/etc").File("link/a/b/c").End(),
        "symlink through a symlink" => new ZipBytes().Symlink("link", "/etc").Symlink("link/second", "passwd").End(),
        "symlink above the root and back" => new ZipBytes().Symlink("link", "x/../../y").End(),
        "link in place of a directory" => new ZipBytes().File("d/a").Symlink("d", "/etc").End(),
        "link in place of the root" => new ZipBytes().Symlink(".", "/etc").End(),
        "block device" => new ZipBytes().Add(new("sda") { Content = [], Mode = 0x61B6 }).End(),
        "file twice by other names" => new ZipBytes().File("d/a").File("./d//a").End(),
        "claims 10 GB" => new ZipBytes().Add(new("a") { Content = new byte[10], Method = 8, ClaimedSize = uint.MaxValue, Extra = Zip64(10_000_000_000) }).End(),
        "claims 2^63 - 1 bytes" => new ZipBytes().Add(new("a") { Content = new byte[10], Method = 8, ClaimedSize = uint.MaxValue, Extra = Zip64(long.MaxValue) }).End(),
        "claims a negative size" => new ZipBytes().Add(new("a") { Content = new byte[10], Method = 8, ClaimedSize = uint.MaxValue, Extra = Zip64(-1) }).End(),
        "together more than allowed" => new ZipBytes().Add(new("a") { Method = 8, ClaimedSize = 200 << 20 }).Add(new("b") { Method = 8, ClaimedSize = 200 << 20 }).End(),
        "through a symlink" => new ZipBytes().Symlink("link", "elsewhere").File("link/file").End(),
        "symlink above the root" => new ZipBytes().Symlink("a/link", "../../etc/shadow").End(),
        "parent in the other name" => new ZipBytes().Add(new("safe") { Extra = UnicodePath("safe", "../unicode") }).End(),
        "nul in a name" => new ZipBytes().File("a\0b").End(),
        "device" => new ZipBytes().Add(new("null") { Content = [], Mode = 0x21B6 }).End(),
        "named pipe" => new ZipBytes().Add(new("pipe") { Content = [], Mode = 0x11B6 }).End(),
        "socket" => new ZipBytes().Add(new("socket") { Content = [], Mode = 0xC1B6 }).End(),
        "file twice" => new ZipBytes().File("a").File("a").End(),
        "file and directory" => new ZipBytes().File("a").File("a/b").End(),
        "overlapping" => new ZipBytes().File("a", "content").Add(new("b") { Offset = 10 }).End(),
        "same header twice" => new ZipBytes().File("a", "content").Add(new("a") { Content = "content"u8.ToArray(), Offset = 0 }).End(),
        "encrypted" => new ZipBytes().Add(new("a") { Flags = 1 }).End(),
        "strong encryption" => new ZipBytes().Add(new("a") { Flags = 1 << 13 }).End(),
        "unknown method" => new ZipBytes().Add(new("a") { Method = 14 }).End(),
        "other name in the local header" => new ZipBytes().Add(new("a") { LocalName = "b" }).End(),
        "other method in the local header" => new ZipBytes().Add(new("a") { LocalMethod = 8 }).End(),
        "other size in the local header" => new ZipBytes().Add(new("a") { LocalSize = 2 }).End(),
        "wrong checksum" => new ZipBytes().Add(new("a") { Crc = 1 }).End(),
        "claims less" => new ZipBytes().Add(new("a") { Content = new byte[100], Method = 8, ClaimedSize = 3 }).End(),
        "claims more" => new ZipBytes().Add(new("a") { Content = new byte[10], Method = 8, ClaimedSize = 100 }).End(),
        "stored sizes differ" => new ZipBytes().Add(new("a") { ClaimedSize = 2 }).End(),
        "packed beyond the directory" => new ZipBytes().Add(new("a") { ClaimedSize = 200, ClaimedPackedSize = 200 }).End(),
        "local header behind the directory" => new ZipBytes().Add(new("a") { Offset = 30_000 }).End(),
        "claims 4 GB" => new ZipBytes().Add(new("a") { Content = new byte[10], Method = 8, ClaimedSize = 0xFFFFFFF0 }).End(),
        "deep" => new ZipBytes().File(string.Join('/', Enumerable.Repeat("d", 300))).End(),
        "long link" => new ZipBytes().Symlink("link", new string('t', 5000)).End(),
        "empty link" => new ZipBytes().Symlink("link", "").End(),
        "directory with content" => new ZipBytes().File("d/", "content", 0x41ED).End(),
        "more entries claimed" => new ZipBytes { ClaimedCount = 9 }.File("a").End(),
        "fewer entries claimed" => new ZipBytes { ClaimedCount = 1 }.File("a").File("b").End(),
        "directory elsewhere" => new ZipBytes { ClaimedStart = 3 }.File("a").End(),
        "zip64 sizes without values" => new ZipBytes().Add(new("a") { ClaimedSize = uint.MaxValue }).End(),
        "extra field too long" => new ZipBytes().Add(new("a") { Extra = [1, 0, 99, 0] }).End(),
        "only an end" => new ZipBytes { ClaimedStart = 100 }.End(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    /// <summary>The extra field with a size that has no room in the entry.</summary>
    private static byte[] Zip64(long size) => [1, 0, 8, 0, .. BitConverter.GetBytes(size)];

    private static byte[] UnicodePath(string name, string path)
    {
        var crc = System.IO.Hashing.Crc32.HashToUInt32(System.Text.Encoding.UTF8.GetBytes(name));
        var text = System.Text.Encoding.UTF8.GetBytes(path);
        return [0x75, 0x70, (byte)(5 + text.Length), 0, 1, .. BitConverter.GetBytes(crc), .. text];
    }

    private Diagnostic Refuse(byte[] zip, ArchiveLimits? limits = null) =>
        Assert.Throws<DiagnosticException>(() => Read(zip, limits ?? ArchiveLimits.Default)).Diagnostic;

    private FileTree Read(byte[] zip, ArchiveLimits limits)
    {
        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();
        return ZipTreeReader.Read(new MemoryStream(zip), "bad.zip", transaction, limits, ArchiveRules.FilesAndLinks, Token);
    }
}
