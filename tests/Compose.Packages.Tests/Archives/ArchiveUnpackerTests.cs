using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;

namespace Compose.Packages.Tests.Archives;

public sealed class ArchiveUnpackerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ContentStore _store;

    public ArchiveUnpackerTests() => _store = new ContentStore(_folder["store"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tar --format=gnu -cf")]
    [InlineData("tar --format=pax -cf")]
    [InlineData("tar --format=ustar -cf")]
    [InlineData("tar --format=v7 -cf")]
    [InlineData("tar --gzip -cf")]
    [InlineData("tar --xz -cf")]
    [InlineData("tar --zstd -cf")]
    [InlineData("tar --bzip2 -cf")]
    [InlineData("bsdtar -cf")]
    [InlineData("bsdtar --format=ustar -cf")]
    [InlineData("bsdtar --format=gnutar -czf")]
    [InlineData("bsdtar -cJf")]
    [InlineData("bsdtar --zstd -cf")]
    [InlineData("bsdtar -cjf")]
    [InlineData("bsdtar --format=zip -cf")]
    public void Archives_of_other_writers_are_known_by_their_bytes(string writer)
    {
        var tree = MakeTree();
        var archive = _folder["name-says-nothing"];
        string[] words = [.. writer.Split(' '), archive, "-C", tree, "."];
        Tool.Run(words[0], words[1..]);

        var unpacked = Unpack(File.ReadAllBytes(archive));

        Assert.False(unpacked.IsSingleFile);
        var expected = Tool.Run("find", tree, "-mindepth", "1", "-printf", "%P %y %m %l\n")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).Order(StringComparer.Ordinal);
        Assert.Equal(expected, unpacked.Tree.Where(item => !item.Path.IsRoot).Select(Describe).Order(StringComparer.Ordinal));
        if (!writer.Contains("zip -", StringComparison.Ordinal))
        {
            Assert.Same(Entry(unpacked.Tree, "bin/tool"), Entry(unpacked.Tree, "bin/same-tool"));
        }
    }

    [Fact]
    public void Attributes_and_times_are_kept()
    {
        var tree = MakeTree();
        Tool.Run("tar", "--format=pax", "--pax-option=SCHILY.xattr.user.origin:=upstream", "--mtime=@1600000000", "-cf", _folder["a"], "-C", tree, ".");

        var metadata = Entry(Unpack(File.ReadAllBytes(_folder["a"])).Tree, "bin/tool").Metadata;

        Assert.Equal(1_600_000_000, metadata.ModifiedTime);
        Assert.Equal("upstream", Encoding.UTF8.GetString(Assert.Single(metadata.ExtendedAttributes).Value.Span));
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    public void A_single_file_is_itself_whether_compressed_or_not(string compressor)
    {
        var program = _folder.Write("program", "\u007fELF" + new string('p', 3000));
        Tool.Run("sh", "-c", $"{compressor} < {program} > {program}.packed");

        var unpacked = Unpack(File.ReadAllBytes(program + ".packed"));

        Assert.True(unpacked.IsSingleFile);
        Assert.Equal(File.ReadAllBytes(program), Content(Assert.IsType<FileEntry>(Entry(unpacked.Tree, "file")).Content));
    }

    [Fact]
    public void Several_streams_behind_each_other_are_one()
    {
        var program = _folder.Write("program", "first half, second half");
        foreach (var (compressor, name) in new[] { ("gzip", "gz"), ("bzip2", "bz2"), ("xz", "xz"), ("zstd", "zst") })
        {
            Tool.Run("sh", "-c", $"(head -c 10 {program} | {compressor} -c; tail -c +11 {program} | {compressor} -c) > {program}.{name}");

            Assert.Equal(
                File.ReadAllBytes(program),
                Content(Assert.IsType<FileEntry>(Entry(Unpack(File.ReadAllBytes($"{program}.{name}")).Tree, "file")).Content));
        }
    }

    [Fact]
    public void An_archive_is_unpacked_once()
    {
        var tree = MakeTree();
        Tool.Run("tar", "-cf", _folder["a"], "-C", tree, ".");
        var bytes = File.ReadAllBytes(_folder["a"]);
        var first = Unpack(bytes);
        _store.Remove(Sha256Digest.Of(bytes));

        Assert.True(new ArchiveUnpacker(_store).TryGet(Sha256Digest.Of(bytes), out var second));
        Assert.Equal(first.Tree.Select(Describe), second.Tree.Select(Describe));

        // A content that is gone makes it unpack anew.
        _store.Remove(((BlobContent)((FileEntry)Entry(first.Tree, "bin/tool")).Content).Digest);
        Assert.False(new ArchiveUnpacker(_store).TryGet(Sha256Digest.Of(bytes), out _));
    }

    private string MakeTree()
    {
        var tree = _folder["tree"];
        Tool.Run("sh", "-c", $"""
            set -e
            mkdir -p {tree}/bin {tree}/empty {tree}/share/deep
            echo tool > {tree}/bin/tool; chmod 4755 {tree}/bin/tool
            ln {tree}/bin/tool {tree}/bin/same-tool
            ln -s ../bin/tool {tree}/share/link
            ln -s /usr/lib/absolute {tree}/share/absolute
            echo x > "{tree}/share/deep/with blank"
            echo X > "{tree}/share/deep/With Blank"
            head -c 300000 /dev/urandom > {tree}/share/large; chmod 640 {tree}/share/large
            chmod 2750 {tree}/share/deep
            """);
        return tree;
    }

    private static string Describe(TreeItem item)
    {
        var (kind, target) = item.Entry switch
        {
            DirectoryEntry => ('d', ""),
            SymlinkEntry link => ('l', " " + Encoding.UTF8.GetString(link.Target.Span)),
            _ => ('f', ""),
        };
        return $"{item.Path} {kind} {Convert.ToString(item.Entry.Metadata.Permissions, 8)}{target}";
    }

    private static byte[] Content(FileContent content)
    {
        using var stream = content.OpenRead();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static TreeEntry Entry(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry), path);
        return entry;
    }

    private UnpackedArchive Unpack(byte[] bytes) => new ArchiveUnpacker(_store).GetOrUnpack(_store.Add(bytes), isVerified: true, "archive", ArchiveLimits.Default, Token)!;
}
