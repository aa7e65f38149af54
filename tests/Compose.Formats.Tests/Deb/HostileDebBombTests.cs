using System.IO.Compression;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Deb;

/// <summary>Small packages of very much, each in a process of its own, whose memory is watched.</summary>
public sealed class HostileDebBombTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TarBombs.Entries, "with '500000'")]
    [InlineData("ten gigabytes", "'zeros'")]
    [InlineData("fields", "'./control'")]
    [InlineData("configuration files", "'./conffiles'")]
    [InlineData("control archive", "'control.tar'")]
    public void A_bomb_ends_with_little_memory(string kind, string part) => HostileProcess.Run(
        GetType(),
        kind,
        folder => Make(kind, Path.Combine(folder, "bomb.deb")),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var diagnostic = Assert.Throws<DiagnosticException>(() => Unpack(Path.Combine(folder, "bomb.deb"), store)).Diagnostic;

            Assert.Equal($"COMPOSE1003 {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
            Assert.Contains("bomb.deb", diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(store.Directory, "*", SearchOption.AllDirectories));
            return 1;
        });

    [Fact]
    public void The_largest_package_that_is_allowed_is_read_with_little_memory() => HostileProcess.Run(
        GetType(),
        TarBombs.Full,
        folder => Make(TarBombs.Full, Path.Combine(folder, "bomb.deb")),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var digest = Unpack(Path.Combine(folder, "bomb.deb"), store);

            Assert.True(new UnpackedDebs(store).TryGet(digest, out var package));
            Assert.InRange(package.Files.Count, 499_000, 500_000);
            return 1;
        });

    private static Sha256Digest Unpack(string path, ContentStore store)
    {
        var digest = Sha256Digest.Of("the package"u8);
        using var file = new BufferedStream(File.OpenRead(path), 128 * 1024);
        using var transaction = store.BeginTransaction();
        new UnpackedDebs(store).Unpack(file, digest, file.Length, Path.GetFileName(path), transaction);
        transaction.Commit();
        return digest;
    }

    private static void Make(string kind, string path)
    {
        var format = ("debian-binary", "2.0\n"u8.ToArray());
        var control = ("control.tar", new TarBytes().File("./control", "Package: test\n").End());
        var data = ("data.tar", new TarBytes().End());
        File.WriteAllBytes(path, kind switch
        {
            "fields" => TarBytes.Ar(format, ("control.tar.gz", Gzip("./control", Lines("f", ":"))), data),
            "configuration files" => TarBytes.Ar(format, ("control.tar.gz", Gzip("./conffiles", Lines("/", ""))), data),
            "control archive" => TarBytes.Ar(format, ("control.tar.gz", Gzip("./md5sums", new string('m', 70 << 20))), data),
            "ten gigabytes" => TarBytes.Ar(format, control, ("data.tar.zst", TenGigabytes(path))),
            _ => TarBytes.Ar(format, control, ("data.tar.gz", Bomb(kind, path))),
        });
    }

    /// <summary>Forty million bytes of lines that all differ.</summary>
    private static string Lines(string start, string end)
    {
        var lines = new StringBuilder();
        for (var i = 0; lines.Length < 40_000_000; i++)
        {
            lines.Append(start).Append(i).Append(end).Append('\n');
        }

        return lines.ToString();
    }

    private static byte[] Gzip(string name, string content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new TarBytes().File(name, claimedSize: content.Length).WithoutEnd());
            gzip.Write(Encoding.ASCII.GetBytes(content));
            gzip.Write(new byte[1024 + (-content.Length & 511)]);
        }

        return packed.ToArray();
    }

    /// <summary>A file of zeros: forty pieces of zstd behind each other, which are a third of a megabyte.</summary>
    private static byte[] TenGigabytes(string path)
    {
        const int PieceSize = 256 << 20;
        const int Pieces = 40;
        using (var zeros = File.Create(path + ".zeros"))
        {
            zeros.SetLength(PieceSize);
        }

        var piece = Tool.RunBytes("zstd", "-q", "-c", path + ".zeros");
        File.WriteAllBytes(path + ".header", new TarBytes().File("zeros", claimedSize: (long)Pieces * PieceSize).WithoutEnd());
        byte[] header = Tool.RunBytes("zstd", "-q", "-c", path + ".header");
        return [.. header, .. Enumerable.Repeat(piece, Pieces).SelectMany(bytes => bytes)];
    }

    private static byte[] Bomb(string kind, string path)
    {
        TarBombs.Write(kind, path + ".tar.gz");
        return File.ReadAllBytes(path + ".tar.gz");
    }
}
