using System.Globalization;
using System.Net.Sockets;
using Compose.Diagnostics;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.Tests;

namespace Compose.FileTrees.Tests;

public sealed class HostTreeTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-host-tree-");

    public void Dispose()
    {
        // .NET deletes no names that are not text.
        ExternalTool.Run("chmod", "-R", "u+rwX", _directory.FullName);
        ExternalTool.Run("rm", "-rf", _directory.FullName);
    }

    [Fact]
    public void Modes_owners_times_and_kinds_are_those_that_stat_tells()
    {
        Shell("""
            mkdir -p a/b 'with space'; chmod 1777 a; echo text > a/b/file; chmod 4751 a/b/file; touch -d @1000000000 a/b/file
            touch a.b a-b empty; ln -s ../nowhere a/link; mkfifo a/pipe; touch $'\xff\xfe'
            if [ $(id -u) = 0 ]; then chown 1234:4321 a/b/file; mknod a/null c 1 3; mknod a/disk b 259 70000; fi
            """);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(InFolder("a/socket")));

        var tree = HostTree.Read(_directory.FullName, []);

        // By -printf, as find writes names as the bytes that they are: \xff is one that is not UTF-8.
        var expected = ExternalTool.Run("find", _directory.FullName, "-printf", "%P %y %m %U %G %Ts\\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var actual = tree.Select(item =>
            string.Create(CultureInfo.InvariantCulture, $"{item.Path} {KindOf(item.Entry)} {Convert.ToString(item.Entry.Metadata.Permissions, 8)} {item.Entry.Metadata.UserId} {item.Entry.Metadata.GroupId} {item.Entry.Metadata.ModifiedTime}"));
        Assert.Equal(
            expected.Where(IsText).Order(StringComparer.Ordinal),
            actual.Where(line => !line.StartsWith("\\xff", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(expected.Length, tree.Count);
        Assert.Equal(tree.Select(item => item.Path).Order(), tree.Select(item => item.Path));
        Assert.True(TreePath.TryParse([0xFF, 0xFE], out var name) && tree.Contains(name));
        Assert.Equal("../nowhere"u8.ToArray(), Assert.IsType<SymlinkEntry>(EntryAt(tree, "a/link")).Target.ToArray());
        if (Environment.IsPrivilegedProcess)
        {
            var disk = Assert.IsType<DeviceEntry>(EntryAt(tree, "a/disk"));
            Assert.Equal((DeviceKind.Block, 259u, 70000u), (disk.Kind, disk.Major, disk.Minor));
        }

        static bool IsText(string line) => !line.Contains('\uFFFD', StringComparison.Ordinal);
    }

    [Fact]
    public void Contents_are_read_also_by_names_that_are_not_text()
    {
        Shell("echo -n one > $'\\xff'; echo -n two > plain");
        var tree = HostTree.Read(_directory.FullName, []);
        Assert.True(TreePath.TryParse([0xFF], out var name));
        Assert.True(tree.TryGet(name, out var entry));
        using var content = Assert.IsType<FileEntry>(entry).Content.OpenRead();
        using var reader = new StreamReader(content);
        Assert.Equal("one", reader.ReadToEnd());
        Assert.Equal("two", tree.Text("plain"));
    }

    [Fact]
    public void Hard_links_are_one_entry()
    {
        Shell("echo x > first; mkdir d; ln first d/second; echo x > other; ln -P -s first link; ln -P link d/link");
        var tree = HostTree.Read(_directory.FullName, []);
        Assert.Same(EntryAt(tree, "first"), EntryAt(tree, "d/second"));
        Assert.Same(EntryAt(tree, "link"), EntryAt(tree, "d/link"));
        Assert.NotSame(EntryAt(tree, "first"), EntryAt(tree, "other"));
    }

    [Fact]
    public void Extended_attributes_are_read_of_files_and_directories()
    {
        Shell("mkdir d; touch f plain");
        var large = Enumerable.Range(0, 3000).Select(i => (byte)i).ToArray();
        HostAttributes.Set(InFolder("d"), "user.directory", [1, 0, 2]);
        HostAttributes.Set(InFolder("f"), "user.b", large);
        HostAttributes.Set(InFolder("f"), "user.a", []);
        var tree = HostTree.Read(_directory.FullName, []);
        Assert.Equal("user.directory=0x010002", EntryAt(tree, "d").Metadata.ExtendedAttributes.ToString());
        Assert.Equal($"user.a=0x user.b=0x{Convert.ToHexStringLower(large)}", EntryAt(tree, "f").Metadata.ExtendedAttributes.ToString());
        Assert.Empty(EntryAt(tree, "plain").Metadata.ExtendedAttributes);
    }

    [Fact]
    public void What_is_excluded_is_not_entered()
    {
        Shell("mkdir -p keep/cache proc/1; touch keep/cache/x keep/y proc/1/z a.pyc keep/b.pyc; chmod 0 proc/1");
        var tree = HostTree.Read(_directory.FullName, [new Glob("proc/*"), new Glob("**/*.pyc"), new Glob("keep/cache")]);
        Assert.Equal(["keep", "keep/y", "proc"], tree.Paths());
    }

    [Fact]
    public void A_link_to_the_folder_is_followed_and_no_other()
    {
        Shell("mkdir real; touch real/file; ln -s real alias; ln -s .. real/up");
        Assert.Equal(["file", "up"], HostTree.Read(InFolder("alias"), []).Paths());
    }

    [Fact]
    public void A_missing_folder_and_a_file_are_refused()
    {
        Shell("touch file");
        Assert.Throws<DirectoryNotFoundException>(() => HostTree.Read(InFolder("missing"), []));
        Assert.Throws<DirectoryNotFoundException>(() => HostTree.Read(InFolder("file"), []));
    }

    [Fact]
    public void A_path_longer_than_the_host_allows_is_a_diagnostic()
    {
        var name = new string('n', 250);
        Shell($"for i in $(seq 18); do mkdir {name}; cd -P {name} || exit 1; done");
        var exception = Assert.Throws<DiagnosticException>(() => HostTree.Read(_directory.FullName, []));
        Assert.Equal("COMPOSE4910", exception.Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("echo longer > file")]
    [InlineData("rm file")]
    [InlineData("rm file; mkfifo file")]
    [InlineData("rm file; mkdir file")]
    [InlineData("rm file; ln -s other file")]
    public void A_file_that_became_another_cannot_be_read(string change)
    {
        Shell("echo -n 123 > file; echo -n 123 > other");
        var tree = HostTree.Read(_directory.FullName, []);
        Shell(change);
        var exception = Assert.ThrowsAny<IOException>(() => tree.Text("file"));
        Assert.Contains(InFolder("file"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_ends_when_it_is_cancelled() =>
        Assert.Throws<OperationCanceledException>(() => HostTree.Read(_directory.FullName, [], new CancellationToken(canceled: true)));

    [Theory]
    [InlineData("file", HostPathKind.File)]
    [InlineData("link", HostPathKind.File)]
    [InlineData(".", HostPathKind.Directory)]
    [InlineData("pipe", HostPathKind.Special)]
    [InlineData("dangling", HostPathKind.Missing)]
    [InlineData("file/below", HostPathKind.Missing)]
    [InlineData("missing", HostPathKind.Missing)]
    public void The_kind_of_a_path_is_known(string path, HostPathKind kind)
    {
        Shell("touch file; ln -s file link; mkfifo pipe; ln -s nowhere dangling");
        Assert.Equal(kind, HostPath.GetKind(InFolder(path)));
    }

    [Fact]
    public void A_path_is_resolved()
    {
        Shell("mkdir -p a/b; ln -s a alias");
        Assert.Equal(HostPath.Resolve(InFolder("a/b")), HostPath.Resolve(InFolder("alias/../alias/b/.")));
        Assert.Throws<FileNotFoundException>(() => HostPath.Resolve(InFolder("missing")));
    }

    private static TreeEntry EntryAt(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry), $"{path} is not in the tree.");
        return entry;
    }

    private static char KindOf(TreeEntry entry) => entry switch
    {
        DirectoryEntry => 'd',
        FileEntry => 'f',
        SymlinkEntry => 'l',
        DeviceEntry { Kind: DeviceKind.Block } => 'b',
        DeviceEntry => 'c',
        FifoEntry => 'p',
        _ => 's',
    };

    private string InFolder(string name) => Path.Combine(_directory.FullName, name);

    private void Shell(string script) =>
        ExternalTool.TryRun("bash", ["-euc", script], input: null, _directory.FullName).EnsureSuccess();
}
