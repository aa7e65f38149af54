using System.Net.Sockets;
using System.Text.Json;

namespace Compose.Tool.Tests.Pack;

/// <summary>What <c>compose pack</c> makes, as unsquashfs sees it.</summary>
public sealed class PackTests : IDisposable
{
    private readonly PackFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_image_holds_what_the_directory_holds()
    {
        _folder.MakeTree();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder["tree/socket"]));

        _folder.Pack("tree");

        // Both sides as the same program tells them. -lln says owners by number, times, sizes and device numbers.
        var mksquashfs = _folder["reference.raw"];
        ExternalTool.Run("mksquashfs", _folder["tree"], mksquashfs, "-quiet", "-no-progress", "-comp", "gzip");
        Assert.Equal(List(mksquashfs), List(_folder.Image));
        ExternalTool.Run("unsquashfs", "-no-progress", "-d", _folder["out"], _folder.Image);
        ExternalTool.Run("diff", "-r", "--no-dereference", "--exclude=pipe", "--exclude=socket", "--exclude=null", _folder["tree"], _folder["out"]);
        Assert.Equal(Attributes("tree"), Attributes("out"));
        Assert.Equal(
            ExternalTool.Run("stat", "-c", "%h", _folder["tree/bin/tool"]),
            ExternalTool.Run("stat", "-c", "%h", _folder["out/bin/tool"]));
    }

    [Theory]
    [InlineData("--compression", "zstd", "--level", "1")]
    [InlineData("--compression", "gzip", "--block-size", "4K")]
    [InlineData("--compression", "xz", "--block-size", "1M")]
    [InlineData("--compression", "lz4")]
    [InlineData("--compression", "none", "--fragments", "none")]
    public void Every_compression_is_read_by_others(params string[] options)
    {
        _folder.MakeTree();
        _folder.Pack("tree", options);
        Assert.Contains($"Compression {(options[1] == "none" ? "gzip" : options[1])}", ExternalTool.Run("unsquashfs", "-s", _folder.Image), StringComparison.Ordinal);
        ExternalTool.Run("unsquashfs", "-no-progress", "-d", _folder["out"], _folder.Image);
        ExternalTool.Run("diff", "-r", "--no-dereference", "--exclude=pipe", "--exclude=null", _folder["tree"], _folder["out"]);
    }

    [Theory]
    [InlineData("cat", "tree.tar", "-")]
    [InlineData("gzip -c", "tree.tar.gz", "-")]
    [InlineData("xz -0 -c", "tree.tar.xz", "-")]
    [InlineData("zstd -q -c", "tree.tar.zst", "-")]
    [InlineData("cat", "tree.tar", "file")]
    [InlineData("zstd -q -c", "tree.tar.zst", "file")]
    [InlineData("cat", "tree.tar", "redirected")]
    public void An_archive_gives_the_bytes_of_its_directory(string compressor, string name, string input)
    {
        _folder.MakeTree();
        _folder.Shell($"tar --xattrs --format=posix --numeric-owner --sort=name -cf - -C tree . | {compressor} > {name}");
        _folder.Pack("tree");
        var expected = File.ReadAllBytes(_folder.Image);

        var archive = File.ReadAllBytes(_folder[name]);
        switch (input)
        {
            case "-":
                ComposeCommand.Run(["pack", "-", "-o", _folder.Image, "--no-cache"], archive).EnsureSuccess();
                break;
            case "file":
                _folder.Pack(name);
                break;
            default:
                _folder.Shell($"dotnet exec '{ComposeCommand.Assembly}' pack - -o '{_folder.Image}' --no-cache < {name}");
                break;
        }

        Assert.Equal(expected, File.ReadAllBytes(_folder.Image));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder.Path), entry => Path.GetFileName(entry).StartsWith('.'));
    }

    [Fact]
    public void Threads_and_the_cache_change_no_byte()
    {
        _folder.MakeTree();
        _folder.Pack("tree", "--threads", "1");
        var expected = File.ReadAllBytes(_folder.Image);
        foreach (var run in new[] { "cold", "warm" })
        {
            _folder.Shell($"XDG_CACHE_HOME=$PWD/cache dotnet exec '{ComposeCommand.Assembly}' pack tree -o '{_folder.Image}' --threads 5 --json > {run}.json");
            Assert.Equal(expected, File.ReadAllBytes(_folder.Image));
        }

        Assert.Equal(0, Counts("cold").GetProperty("cachedBlocks").GetInt32());
        Assert.True(Counts("warm").GetProperty("cachedBlocks").GetInt32() > 0);

        JsonElement Counts(string run) => JsonDocument.Parse(File.ReadAllText(_folder[$"{run}.json"])).RootElement.GetProperty("counts");
    }

    [Fact]
    public void What_is_excluded_is_left_out_of_directories_and_archives()
    {
        _folder.Shell("mkdir -p tree/keep tree/proc; touch tree/proc/1 tree/a.pyc tree/keep/b.pyc tree/keep/c; tar -cf tree.tar -C tree .");
        string[] exclude = ["--exclude", "proc/*", "--exclude", "**/*.pyc"];
        foreach (var input in new[] { "tree", "tree.tar" })
        {
            _folder.Pack(input, exclude);
            Assert.Equal(
                ["squashfs-root", "squashfs-root/keep", "squashfs-root/keep/c", "squashfs-root/proc"],
                ExternalTool.Run("unsquashfs", "-l", _folder.Image).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public void Everything_belongs_to_root_on_request()
    {
        _folder.MakeTree();
        _folder.Pack("tree", "--all-root");
        Assert.DoesNotContain(List(_folder.Image).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.Contains(" 0/0 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sort_list_orders_contents()
    {
        _folder.Shell("mkdir tree; for i in a b c; do yes $i | head -c 300000 > tree/$i; done; printf 'c 9\na -1\n' > list");
        _folder.Pack("tree", "--compression", "none", "--fragments", "none", "--sort-file", _folder["list"]);
        var image = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(_folder.Image));
        Assert.True(image.IndexOf("c\nc\nc\n", StringComparison.Ordinal) < image.IndexOf("b\nb\nb\n", StringComparison.Ordinal));
        Assert.True(image.IndexOf("b\nb\nb\n", StringComparison.Ordinal) < image.IndexOf("a\na\na\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "", "2017-07-14 02:40", "2001-09-09 01:46")]
    [InlineData("", "--time 86400", "1970-01-02 00:00", "1970-01-02 00:00")]
    [InlineData("", "--time 1200000000 --times clamped", "2008-01-10 21:20", "2001-09-09 01:46")]
    [InlineData("SOURCE_DATE_EPOCH=1200000000", "", "2008-01-10 21:20", "2001-09-09 01:46")]
    [InlineData("SOURCE_DATE_EPOCH=1200000000", "--times replaced", "2008-01-10 21:20", "2008-01-10 21:20")]
    [InlineData("SOURCE_DATE_EPOCH=1200000000", "--time 86400", "1970-01-02 00:00", "1970-01-02 00:00")]
    public void Times_are_those_that_were_asked_for(string environment, string options, string newest, string oldest)
    {
        _folder.Shell("mkdir tree; touch -d @1000000000 tree/old; touch -d @1500000000 tree/new tree");
        _folder.Shell($"{environment} dotnet exec '{ComposeCommand.Assembly}' pack tree -o image.raw --no-cache {options}");
        var listing = List(_folder.Image);
        Assert.Contains($"{newest} squashfs-root/new", listing, StringComparison.Ordinal);
        Assert.Contains($"{oldest} squashfs-root/old", listing, StringComparison.Ordinal);
        Assert.Contains($"{DateTime.Parse(newest, System.Globalization.CultureInfo.InvariantCulture):ddd MMM} ", ExternalTool.Run("unsquashfs", "-s", _folder.Image), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_tells_counts_sizes_and_times()
    {
        _folder.Shell("mkdir -p tree/d; head -c 300000 /dev/zero | tr '\\0' x > tree/a; cp tree/a tree/d/b; ln tree/a tree/link; ln -s a tree/s; mkfifo tree/p");
        var json = JsonDocument.Parse(_folder.Pack("tree", "--json", "--compression", "gzip", "--level", "6", "--time", "5")).RootElement;

        Assert.Equal(["input", "output", "options", "counts", "bytes", "ratio", "seconds"], json.EnumerateObject().Select(property => property.Name));
        var options = json.GetProperty("options");
        Assert.Equal("gzip", options.GetProperty("compression").GetString());
        Assert.Equal(6, options.GetProperty("level").GetInt32());
        Assert.Equal(5, options.GetProperty("time").GetInt64());
        var counts = json.GetProperty("counts");
        Assert.Equal((3, 2, 1, 1), (Count("files"), Count("directories"), Count("symlinks"), Count("special")));
        Assert.Equal((6, 1, 0), (Count("inodes"), Count("duplicateFiles"), Count("cachedBlocks")));
        Assert.Equal(600_000, json.GetProperty("bytes").GetProperty("source").GetInt64());
        Assert.Equal(new FileInfo(_folder.Image).Length, json.GetProperty("bytes").GetProperty("image").GetInt64());
        Assert.InRange(json.GetProperty("ratio").GetDouble(), 0.001, 0.1);
        Assert.All(
            ["input", "planning", "data", "metadata", "total"],
            name => Assert.InRange(json.GetProperty("seconds").GetProperty(name).GetDouble(), 0, 600));
        Assert.Equal(
            ["reading", "hashing", "compressing", "writing"],
            json.GetProperty("seconds").GetProperty("ofThreads").EnumerateObject().Select(property => property.Name));

        int Count(string name) => counts.GetProperty(name).GetInt32();
    }

    [Fact]
    public void A_pipe_is_told_nothing()
    {
        _folder.MakeTree();
        var result = ComposeCommand.Run("pack", _folder["tree"], "-o", _folder.Image, "--no-cache");
        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void A_terminal_is_shown_a_summary_unless_it_shall_be_quiet()
    {
        _folder.MakeTree();
        var command = $"dotnet exec '{ComposeCommand.Assembly}' pack '{_folder["tree"]}' -o '{_folder.Image}' --no-cache";
        var shown = ExternalTool.Run("script", "-qec", command, "/dev/null");
        Assert.Contains($"{_folder.Image}: ", shown, StringComparison.Ordinal);
        Assert.Contains("MB/s", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("MB/s", ExternalTool.Run("script", "-qec", $"{command} --quiet", "/dev/null"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_at_the_output_leads_to_the_image()
    {
        _folder.Shell("mkdir tree elsewhere; touch elsewhere/real; ln -s elsewhere/real image.raw");
        _folder.Pack("tree");
        Assert.Equal("elsewhere/real", new FileInfo(_folder.Image).LinkTarget);
        ExternalTool.Run("unsquashfs", "-s", _folder["elsewhere/real"]);
    }

    private static string List(string image) => ExternalTool.Run("unsquashfs", "-lln", image);

    private string Attributes(string tree) =>
        Environment.IsPrivilegedProcess
            ? ExternalTool.Run("getcap", "-n", _folder[$"{tree}/bin/tool"]).Replace(tree, string.Empty, StringComparison.Ordinal)
            : string.Empty;
}
