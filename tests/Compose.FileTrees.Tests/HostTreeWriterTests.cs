using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees.HostFiles;

namespace Compose.FileTrees.Tests;

/// <summary>Trees as folders with all they have. Owners, devices and attributes need root, and are compared when it runs the tests.</summary>
public sealed class HostTreeWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compose-writer-").FullName;

    private string Target => Path.Combine(_folder, "out");

    public void Dispose() => ExternalTool.Run("rm", "-rf", _folder);

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var isRoot = Environment.IsPrivilegedProcess;
        var metadata = new EntryMetadata { Permissions = 0x1A0, UserId = isRoot ? 12u : Id("-u"), GroupId = isRoot ? 70_000u : Id("-g"), ModifiedTime = 1_234_567_890 };
        var attributes = isRoot ? new ExtendedAttributes([new("user.note", "text"u8.ToArray())]) : ExtendedAttributes.Empty;
        var hard = new FileEntry(metadata with { Permissions = (ushort)(isRoot ? 0x9ED : 0x1ED), ExtendedAttributes = attributes }, new BytesContent("hard"));
        var directory = new DirectoryEntry(metadata with { Permissions = 0x140 });
        Assert.True(TreePath.TryParse([.. "dir/latin-"u8, 0xE9], out var latin));
        var builder = new FileTreeBuilder()
            .Set(TreePath.Root, directory.WithMetadata(directory.Metadata with { Permissions = 0x1C0 }))
            .Set("dir", directory)
            .Set("dir/hard", hard)
            .Set("hard-too", hard)
            .Set(latin, new FileEntry(metadata, new BytesContent(new byte[100_000])))
            .Set("sparse", new FileEntry(metadata, new BytesContent((byte[])[1, .. new byte[300_000], 2])))
            .Set("empty", new FileEntry(metadata, new BytesContent(""u8.ToArray())))
            .Set("link", new SymlinkEntry(metadata with { Permissions = 0x1FF }, "../../etc/passwd"u8.ToArray()))
            .Set("pipe", new FifoEntry(metadata))
            .Set("socket", new SocketEntry(metadata));
        if (isRoot)
        {
            builder.Set("device", new DeviceEntry(metadata, DeviceKind.Block, 259, 70_000)).Set("null", new DeviceEntry(metadata, DeviceKind.Character, 1, 3));
        }

        var tree = builder.Build();
        var losses = HostTreeWriter.Write(tree, Target, replace: false, keepOwners: isRoot, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(default, losses);
        Trees.AssertSame(tree, WithContents(HostTree.Read(Target, [])));
        Assert.Equal(["out"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
        Assert.True(long.Parse(ExternalTool.Run("stat", "-c", "%b", Path.Combine(Target, "sparse")), System.Globalization.CultureInfo.InvariantCulture) < 100, "Zeros must not take space.");
    }

    [Fact]
    public void Without_owners_programs_get_nobodys_rights_and_losses_are_told()
    {
        var metadata = new EntryMetadata { Permissions = 0x9ED, UserId = 4242, ExtendedAttributes = new([new("security.capability", new byte[20])]) };
        var tree = new FileTreeBuilder()
            .Set("tool", new FileEntry(metadata, new BytesContent("x")))
            .Set("null", new DeviceEntry(metadata, DeviceKind.Character, 1, 3))
            .Set("sticky", new DirectoryEntry(EntryMetadata.Directory with { Permissions = 0x3FF, UserId = Id("-u"), GroupId = Id("-g") }))
            .Build();
        var losses = HostTreeWriter.Write(tree, Target, replace: false, keepOwners: false);
        Assert.Equal(1, losses.Attributes);
        Assert.Equal(1, losses.Devices);
        Assert.Equal(1, losses.SetIdBits);
        Assert.InRange(losses.Owners, 1, 2);
        Assert.Equal("755", ExternalTool.Run("stat", "-c", "%a", Path.Combine(Target, "tool")).Trim());
        Assert.Equal("1777", ExternalTool.Run("stat", "-c", "%a", Path.Combine(Target, "sticky")).Trim());
        Assert.False(File.Exists(Path.Combine(Target, "null")));
    }

    [Fact]
    public void A_folder_that_holds_something_is_replaced_only_when_asked()
    {
        Directory.CreateDirectory(Target);
        HostTreeWriter.Write(Trees.Of("new"), Target, replace: false, keepOwners: false);
        Assert.Equal("COMPOSE4911", Refusal(Target));
        File.WriteAllText(Path.Combine(_folder, "file"), "x");
        Assert.Equal("COMPOSE4911", Refusal(Path.Combine(_folder, "file")));
        File.CreateSymbolicLink(Path.Combine(_folder, "alias"), Target);
        Assert.Equal("COMPOSE4911", Refusal(Path.Combine(_folder, "alias")));
        Assert.Equal("COMPOSE4911", Refusal("/"));

        // What is deleted with the old folder is not followed.
        ExternalTool.Run("bash", "-c", $"mkdir -p {_folder}/kept {Target}/closed; echo x > {_folder}/kept/file; ln -s {_folder}/kept {Target}/link; touch {Target}/$'latin-\\xe9'");
        HostTreeWriter.Write(Trees.Of("newer"), Target, replace: true, keepOwners: false);
        Assert.Equal(["newer"], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));
        Assert.Equal(["alias", "file", "kept", "out"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order());
        Assert.True(File.Exists(Path.Combine(_folder, "kept", "file")));
    }

    [Fact]
    public void When_it_fails_nothing_is_left_and_an_old_folder_stays()
    {
        HostTreeWriter.Write(Trees.Of("old"), Target, replace: false, keepOwners: false);
        var tree = new FileTreeBuilder(Trees.Of("a/b/c")).Set("z", new FileEntry(EntryMetadata.File, new LyingContent())).Build();
        Assert.Throws<IOException>(() => HostTreeWriter.Write(tree, Target, replace: true, keepOwners: false));
        Assert.Equal(["out"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
        Assert.Equal(["old"], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));

        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => HostTreeWriter.Write(Trees.Of("a"), Target, replace: true, keepOwners: false, cancellationToken: stop.Token));
        Assert.Equal(["old"], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));
    }

    /// <summary>The tree with its contents in memory, where they can be compared.</summary>
    private static FileTree WithContents(FileTree tree)
    {
        var read = new Dictionary<TreeEntry, TreeEntry>(ReferenceEqualityComparer.Instance);
        var builder = new FileTreeBuilder();
        foreach (var (path, entry) in tree)
        {
            if (!read.TryGetValue(entry, out var copy))
            {
                copy = entry;
                if (entry is FileEntry file)
                {
                    var bytes = new byte[file.Content.Length];
                    Assert.Equal(bytes.Length, file.Content.ReadStart(bytes));
                    copy = new FileEntry(file.Metadata, new BytesContent(bytes));
                }

                read.Add(entry, copy);
            }

            builder.Set(path, copy);
        }

        return builder.Build();
    }

    private static string Refusal(string directory) => Assert.Throws<DiagnosticException>(
        () => HostTreeWriter.Write(Trees.Of("x"), directory, replace: false, keepOwners: false)).Diagnostic.Descriptor.Code;

    private static uint Id(string option) => uint.Parse(ExternalTool.Run("id", option), System.Globalization.CultureInfo.InvariantCulture);

    private sealed class LyingContent : FileContent
    {
        public override long Length => 5;

        public override Stream OpenRead() => new MemoryStream(Encoding.ASCII.GetBytes("longer"));
    }
}
