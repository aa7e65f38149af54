using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.Artifacts.Comparison;

namespace Compose.Images.Tests.Artifacts;

public sealed class ComparisonTests : IDisposable
{
    private readonly ArtifactFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_image_and_a_folder_of_the_same_files_are_the_same()
    {
        var tree = Trees.Of("usr/a", "usr/b/c", "usr/link -> a", "usr/empty/");
        var extracted = _folder.Write("folder", tree);
        var image = _folder.Pack("image.raw", Compose.FileTrees.HostFiles.HostTree.Read(extracted, []));
        var difference = Compare(image, extracted);
        Assert.True(difference.IsSame);
        Assert.Empty(difference.Files);
        Assert.Empty(difference.Folders);
    }

    [Fact]
    public void Every_kind_of_difference_of_a_file_is_told()
    {
        var metadata = EntryMetadata.File;
        var old = new FileTreeBuilder()
            .SetText("usr/same", "same").SetText("usr/content", "abc").SetText("usr/size", "a").SetText("usr/mode", "m").SetText("usr/owner", "o")
            .SetText("usr/attributes", "x").SetText("usr/gone", "gone!").SetText("usr/kind", "k").Set("usr/link", new SymlinkEntry("a"))
            .Set("usr/device", new DeviceEntry(metadata, DeviceKind.Block, 1, 2)).Set("usr/time", new FileEntry(metadata, new BytesContent("t")))
            .Build();
        var @new = new FileTreeBuilder()
            .SetText("usr/same", "same").SetText("usr/content", "abd").SetText("usr/size", "aa").SetText("usr/new", "new")
            .Set("usr/mode", new FileEntry(metadata with { Permissions = 0x9ED }, new BytesContent("m")))
            .Set("usr/owner", new FileEntry(metadata with { UserId = 7 }, new BytesContent("o")))
            .Set("usr/attributes", new FileEntry(metadata with { ExtendedAttributes = new([new("user.a", new byte[1])]) }, new BytesContent("x")))
            .Set("usr/kind", new FifoEntry(metadata)).Set("usr/link", new SymlinkEntry("b"))
            .Set("usr/device", new DeviceEntry(metadata, DeviceKind.Block, 1, 3))
            .Set("usr/time", new FileEntry(metadata with { ModifiedTime = 99 }, new BytesContent("t")))
            .Build();
        var difference = Compare(_folder.Pack("old.raw", old), _folder.Pack("new.raw", @new));
        Assert.False(difference.IsSame);
        Assert.Equal(
            [
                "changed /usr/attributes attributes", "changed /usr/content content", "changed /usr/device device", "removed /usr/gone ",
                "changed /usr/kind kind", "changed /usr/link target", "changed /usr/mode mode", "added /usr/new ", "changed /usr/owner owner",
                "changed /usr/size size,content",
            ],
            difference.Files.Select(file => $"{file.Change} {file.Path} {string.Join(',', file.What)}"));
        Assert.Equal(("0644", "4755"), (difference.Files[6].Old!.Mode, difference.Files[6].New!.Mode));
        Assert.Equal(Sha256Digest.Of("abd"u8).ToString(), difference.Files[1].New!.Sha256);
    }

    [Fact]
    public void Files_of_the_same_content_were_moved()
    {
        var old = new FileTreeBuilder().SetText("usr/a/one", "content").SetText("usr/a/two", "content").SetText("usr/a/three", "other").SetText("usr/empty", "").Build();
        var @new = new FileTreeBuilder().SetText("usr/b/two", "content").SetText("usr/b/1", "content").SetText("usr/b/x", "OTHER").SetText("usr/void", "").Build();
        var files = Compare(_folder.Pack("old.raw", old), _folder.Pack("new.raw", @new)).Files;
        Assert.Equal(
            ["moved /usr/b/1 /usr/a/one", "moved /usr/b/two /usr/a/two"],
            files.Where(file => file.Change == "moved").Select(file => $"{file.Change} {file.Path} {file.OldPath}"));
        Assert.Equal(["/usr/a", "/usr/a/three", "/usr/empty"], files.Where(file => file.Change == "removed").Select(file => file.Path));
        Assert.Equal(["/usr/b", "/usr/b/x", "/usr/void"], files.Where(file => file.Change == "added").Select(file => file.Path));
    }

    [Fact]
    public void Libraries_are_compared_by_their_own_name()
    {
        var (one, two, other) = (Library("int kept(void){return 1;} int lost(void){return 2;}", "liba.so.1"), Library("int kept(void){return 3;} int gained(void){return 4;}", "liba.so.1"), Library("int x(void){return 5;}", "libb.so.2"));
        var old = new FileTreeBuilder().Set("usr/lib/liba.so.1.0", File(one)).Build();
        var @new = new FileTreeBuilder().Set("usr/lib/liba.so.1.1", File(two)).Set("usr/lib/libb.so.2", File(other)).Build();
        var difference = Compare(_folder.Pack("old.raw", old), _folder.Pack("new.raw", @new));
        var library = Assert.Single(difference.Libraries);
        Assert.Equal("liba.so.1", library.Name);
        Assert.Equal(["gained"], library.ExportsGained);
        Assert.Equal(["lost"], library.ExportsLost);
        Assert.Equal(["libb.so.2"], difference.SonamesGained);
        Assert.Empty(difference.SonamesLost);

        static FileEntry File(byte[] bytes) => new(EntryMetadata.File, new BytesContent(bytes));
    }

    [Fact]
    public void Packages_units_and_release_files_are_compared()
    {
        var old = new FileTreeBuilder()
            .SetText("usr/lib/extension-release.d/extension-release.x", "ID=a\nSYSEXT_LEVEL=1\n")
            .SetText("usr/lib/systemd/system/a.service", "[Service]\n").SetText("usr/lib/systemd/system/gone.service", "")
            .SetText("usr/lib/systemd/system/b.target.d/a.conf", "[Unit]\nUpholds=a.service\n")
            .Build();
        var @new = new FileTreeBuilder()
            .SetText("usr/lib/extension-release.d/extension-release.x", "ID=a\nVERSION_ID=2\n")
            .SetText("usr/lib/systemd/system/a.service", "[Service]\nType=exec\n").SetText("usr/lib/systemd/system/c.socket", "")
            .SetText("usr/lib/systemd/system/b.target.d/a.conf", "[Unit]\nUpholds=c.socket\n")
            .Build();
        System.IO.File.WriteAllText(_folder["old_packages.txt"], "x kept 1 amd64\nx up 1 amd64\nx gone 1 amd64\nnot a line\n");
        System.IO.File.WriteAllText(_folder["new_packages.txt"], "x kept 1 amd64\nx up 2 amd64\nx new 1 amd64\n");
        var difference = Compare(_folder.Pack("old.raw", old), _folder.Pack("new.raw", @new));
        Assert.Equal(["gone 1 -", "new - 1", "up 1 2"], difference.Packages.Select(package => $"{package.Name} {package.Old ?? "-"} {package.New ?? "-"}"));
        Assert.Equal(
            ["changed a.service + -b.target", "added c.socket +b.target -", "removed gone.service + -"],
            difference.Units.Select(unit => $"{unit.Change} {unit.Name} +{string.Join(',', unit.UpheldByGained)} -{string.Join(',', unit.UpheldByLost)}"));
        Assert.Equal(
            ["extension-release.x SYSEXT_LEVEL 1 -", "extension-release.x VERSION_ID - 2"],
            difference.Releases.Select(release => $"{release.File} {release.Name} {release.Old ?? "-"} {release.New ?? "-"}"));
    }

    private byte[] Library(string source, string soname)
    {
        System.IO.File.WriteAllText(_folder["source.c"], source);
        ExternalTool.Run("gcc", "-shared", "-fPIC", "-nostdlib", "-o", _folder["library"], _folder["source.c"], $"-Wl,-soname,{soname}");
        return System.IO.File.ReadAllBytes(_folder["library"]);
    }

    private static ArtifactDifference Compare(string old, string @new)
    {
        var reporter = new RecordingReporter();
        using var a = Artifact.Open(old, reporter, cancellationToken: TestContext.Current.CancellationToken);
        using var b = Artifact.Open(@new, reporter, cancellationToken: TestContext.Current.CancellationToken);
        var difference = ArtifactComparer.Compare(a, b, progress: null, TestContext.Current.CancellationToken);
        Assert.Empty(reporter.Diagnostics);
        return difference;
    }
}
