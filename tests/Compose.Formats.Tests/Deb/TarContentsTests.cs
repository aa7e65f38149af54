using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;

namespace Compose.Formats.Tests.Deb;

/// <summary>Where the contents of archives are kept makes no difference to what they are.</summary>
public sealed class TarContentsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_place_gives_the_same_contents()
    {
        // Sizes around the blocks of tar and the buffers of each place.
        int[] sizes = [0, 1, 511, 512, 513, 256 * 1024, (256 * 1024) + 1, 1 << 20, (1 << 20) + 1, 3_000_000, 7];
        var files = sizes.Select((size, index) => (Name: $"f{index:00}", Content: TestBytes(size, index))).ToArray();
        var tar = new TarBytes();
        foreach (var (name, content) in files)
        {
            tar.Add("./" + name, '0', content: content);
        }

        var bytes = tar.End();
        var path = _folder["archive.tar"];
        File.WriteAllBytes(path, bytes);
        using var file = File.OpenRead(path);
        using var spooled = new SpooledTarContents(_folder.Path);
        using var forward = new System.IO.Compression.BrotliStream(new MemoryStream(Brotli(bytes)), System.IO.Compression.CompressionMode.Decompress);

        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();

        FileTree[] trees =
        [
            TarTreeReader.Read(new MemoryStream(bytes), "test.tar", transaction, ArchiveLimits.Default, Token),
            TarTreeReader.Read(file, "test.tar", new TarFileContents(file.SafeFileHandle), ArchiveLimits.Default, Token),
            TarTreeReader.Read(forward, "test.tar", spooled, ArchiveLimits.Default, Token),
        ];
        spooled.Flush();
        transaction.Commit();

        foreach (var tree in trees)
        {
            Assert.Equal(files.Select(f => f.Name), tree.Skip(1).Select(item => item.Path.ToString()));
            foreach (var (item, expected) in tree.Skip(1).Zip(files))
            {
                var content = Assert.IsType<FileEntry>(item.Entry).Content;
                Assert.Equal(expected.Content.Length, content.Length);
                using var stream = content.OpenRead();
                using var read = new MemoryStream();
                stream.CopyTo(read);
                Assert.Equal(expected.Content, read.ToArray());
            }
        }
    }

    [Fact]
    public void A_spool_has_no_name()
    {
        using var spooled = new SpooledTarContents(_folder.Path);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(513)]
    [InlineData(1023)]
    public void An_archive_that_is_cut_in_a_content_is_refused_also_when_contents_are_not_read(int length)
    {
        var path = _folder["archive.tar"];
        File.WriteAllBytes(path, new TarBytes().File("./a", "content").End()[..length]);
        using var file = File.OpenRead(path);
        var exception = Assert.Throws<DiagnosticException>(() =>
            TarTreeReader.Read(file, "test.tar", new TarFileContents(file.SafeFileHandle), ArchiveLimits.Default, Token));
        Assert.Equal("COMPOSE1001", exception.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_negative_size_is_refused()
    {
        // A base-256 number with all bits set is -1 (GNU tar).
        var bytes = new TarBytes().File("./a", "x").End();
        bytes.AsSpan(124, 12).Fill(0xFF);
        bytes.AsSpan(148, 8).Fill((byte)' ');
        var sum = bytes.Take(512).Sum(value => value);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(bytes, 148);
        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();
        var exception = Assert.Throws<DiagnosticException>(() =>
            TarTreeReader.Read(new MemoryStream(bytes), "test.tar", transaction, ArchiveLimits.Default, Token));
        Assert.Equal("COMPOSE1001", exception.Diagnostic.Descriptor.Code);
    }

    private static byte[] TestBytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Brotli(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new System.IO.Compression.BrotliStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
