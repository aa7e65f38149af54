using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Formats.Zip;

namespace Compose.Formats.Tests.Zip;

public sealed class ZipTreeReaderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Writers => ["zip", "zip stored", "zip64", "bsdtar"];

    [Theory]
    [MemberData(nameof(Writers))]
    public void Archives_of_other_writers_are_read(string writer)
    {
        var tree = MakeTree();
        var zip = Path.Combine(_folder.Path, "a.zip");
        string[] arguments = writer switch
        {
            "zip" => ["zip", "-q", "-r", "-y", zip, "."],
            "zip stored" => ["zip", "-q", "-0", "-r", "-y", zip, "."],
            "zip64" => ["zip", "-q", "-fz", "-r", "-y", zip, "."],
            _ => ["bsdtar", "--format", "zip", "-c", "-f", zip, "."],
        };
        ExternalTool.TryRun(arguments[0], arguments[1..], null, tree).EnsureSuccess();

        var read = Read(File.ReadAllBytes(zip));

        var expected = ExternalTool.TryRun("find", [".", "-mindepth", "1", "-printf", "%P %y %m %T@ %l\\n"], null, tree).EnsureSuccess()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => WithoutFraction(line.TrimEnd())).Order(StringComparer.Ordinal);
        Assert.Equal(expected, read.Where(item => !item.Path.IsRoot).Select(Describe).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(tree, "bin", "large")), Content(read, "bin/large"));
    }

    /// <summary>There Info-ZIP does not know the size before, and writes both end records. It marks the entry as the pipe that it was.</summary>
    [Fact]
    public void What_was_packed_from_a_pipe_is_read_as_one()
    {
        var zip = Path.Combine(_folder.Path, "a.zip");
        ExternalTool.Run("sh", "-c", $"printf content | zip -q {zip} -");

        var diagnostic = Assert.Throws<DiagnosticException>(() => Read(File.ReadAllBytes(zip))).Diagnostic;

        Assert.Equal("COMPOSE1005", diagnostic.Descriptor.Code);
        Assert.Contains("'-'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_made_elsewhere_gets_usual_modes()
    {
        var tree = Read(new ZipBytes()
            .Add(new("file.txt") { Host = 0, Mode = 0 })
            .Add(new("directory/") { Host = 0, Mode = 0, Content = [] })
            .Add(new("unix") { Mode = 0 })
            .End());

        Assert.Equal(EntryMetadata.File.Permissions, Entry(tree, "file.txt").Metadata.Permissions);
        Assert.Equal(EntryMetadata.Directory.Permissions, Assert.IsType<DirectoryEntry>(Entry(tree, "directory")).Metadata.Permissions);
        Assert.Equal(EntryMetadata.File.Permissions, Entry(tree, "unix").Metadata.Permissions);
    }

    [Fact]
    public void Names_are_bytes_and_differ_by_case()
    {
        var latin = new byte[] { (byte)'n', 0xE4, (byte)'h' };
        var tree = Read(new ZipBytes().Add(new("") { NameBytes = latin }).File("README").File("readme").End());

        Assert.Equal(4, tree.Count);
        Assert.Contains(tree, item => item.Path.Bytes.SequenceEqual(latin));
    }

    [Fact]
    public void A_signature_in_the_comment_misleads_nobody()
    {
        byte[] comment = [0x50, 0x4B, 5, 6, .. new byte[30]];

        Assert.Equal(2, Read(new ZipBytes { Comment = comment }.File("a").End()).Count);
    }

    private string MakeTree()
    {
        var tree = Path.Combine(_folder.Path, "tree");
        ExternalTool.Run("sh", "-c", $"""
            set -e
            mkdir -p {tree}/bin {tree}/empty {tree}/share/deep
            echo tool > {tree}/bin/tool; chmod 4755 {tree}/bin/tool
            head -c 700000 /dev/urandom > {tree}/bin/large; chmod 600 {tree}/bin/large
            : > {tree}/share/nothing
            ln -s ../bin/tool {tree}/share/link
            ln -s /usr/lib/absolute {tree}/share/absolute
            echo x > "{tree}/share/deep/näme with blank"
            chmod 2750 {tree}/share/deep
            find {tree} -exec touch -h -d '2024-05-06 07:08:10 UTC' {"{}"} +
            """);
        return tree;
    }

    /// <summary>As find -printf '%P %y %m %T@ %l' says it, without fractions of seconds. Times of links are not kept by all writers.</summary>
    private static string Describe(TreeItem item)
    {
        var (kind, target) = item.Entry switch
        {
            DirectoryEntry => ('d', ""),
            SymlinkEntry link => ('l', " " + Encoding.UTF8.GetString(link.Target.Span)),
            _ => ('f', ""),
        };
        return $"{Encoding.UTF8.GetString(item.Path.Bytes)} {kind} {Convert.ToString(item.Entry.Metadata.Permissions, 8)} {item.Entry.Metadata.ModifiedTime}{target}";
    }

    private static string WithoutFraction(string line) => System.Text.RegularExpressions.Regex.Replace(line, @"\.0+( |$)", "$1");

    private static TreeEntry Entry(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry), path);
        return entry;
    }

    private static byte[] Content(FileTree tree, string path)
    {
        using var stream = Assert.IsType<FileEntry>(Entry(tree, path)).Content.OpenRead();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private FileTree Read(byte[] zip)
    {
        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();
        var tree = ZipTreeReader.Read(new MemoryStream(zip), "a.zip", transaction, ArchiveLimits.Default, ArchiveRules.FilesAndLinks, Token);
        transaction.Commit();
        return tree;
    }
}
