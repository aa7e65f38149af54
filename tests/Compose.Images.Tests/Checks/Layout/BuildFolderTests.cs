using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Images.Checks.Layout;
using Compose.Images.Extensions;
using Compose.Images.Trees;
using CsCheck;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class BuildFolderTests
{
    private const string Folder = "/home/al/project";

    private static readonly ExtensionDefinition Definition = new() { Name = "tool", BuildFolders = [Folder] };

    [Theory]
    [InlineData("-I/home/al/project/include", 2)]
    [InlineData("/home/al/project", 0)]
    [InlineData("file:///home/al/project:", 7)]
    [InlineData("/home/al/project-2 /home/al/project\n", 19)]
    [InlineData("/home/al/project2", -1)]
    [InlineData("/home/al/project.old", -1)]
    [InlineData("/home/al/projectä", -1)]
    [InlineData("/home/al/projec", -1)]
    [InlineData("", -1)]
    public void A_folder_is_found_where_its_name_ends(string text, int offset)
    {
        var search = new BuildFolderSearch([Folder]);
        foreach (var (encoding, unit) in ((Encoding, int)[])[(Encoding.UTF8, 1), (Encoding.Unicode, 2)])
        {
            var found = search.Find(new BytesContent(encoding.GetBytes(text)));
            Assert.Equal(offset < 0 ? null : new FoundFolder(Folder, offset * unit), found);
        }
    }

    [Fact]
    public void A_folder_is_found_at_any_place_of_a_large_file()
    {
        using var folder = new TemporaryDirectory();
        var search = new BuildFolderSearch([Folder]);
        const int window = 256 * 1024;
        (from near in Gen.Int[-40, 40]
         from windows in Gen.Int[1, 3]
         from wide in Gen.Bool
         from ends in Gen.Bool
         select (near, windows, wide, ends)).Sample(
            place =>
            {
                var encoding = place.wide ? Encoding.Unicode : Encoding.UTF8;
                var start = (place.windows * window) + place.near;
                byte[] bytes = [.. new byte[start], .. encoding.GetBytes(Folder + (place.ends ? "" : "/x"))];
                var path = folder[Guid.NewGuid().ToString("N")];
                File.WriteAllBytes(path, bytes);

                Assert.Equal(new FoundFolder(Folder, start), search.Find(new HostFileContent(path, bytes.Length)));
                File.Delete(path);
            },
            iter: 60,
            threads: 1);
    }

    [Theory]
    [InlineData("/root")]
    [InlineData("/src/")]
    [InlineData("/")]
    [InlineData("relative/folder")]
    [InlineData("")]
    public void A_folder_of_one_name_says_nothing(string folder) => Assert.True(new BuildFolderSearch([folder]).IsEmpty);

    [Fact]
    public void The_first_folder_in_a_file_is_named_and_one_in_another_is_found_with_it()
    {
        var search = new BuildFolderSearch(["/home/al/project/deep", "/home/al/project/", "/var/lib/agent"]);
        Assert.Equal(new FoundFolder("/var/lib/agent", 1), search.Find(new BytesContent(" /var/lib/agent /home/al/project/deep/x")));
        Assert.Equal(new FoundFolder("/home/al/project", 0), search.Find(new BytesContent("/home/al/project/deep/x")));
    }

    [Fact]
    public void Files_and_links_of_the_project_are_searched()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["tool.conf"], "# tool\n\nlibrary=/home/al/project/bin/libtool.so\n");
        File.WriteAllBytes(folder["tool"], [0x7F, (byte)'E', 0, .. "/home/al/project/main.c\0"u8]);
        var tree = new FileTreeBuilder(Trees.Of("usr/lib/link -> /home/al/project/out", "usr/lib/other -> /usr/lib/x", "usr/lib/plain"))
            .Set("usr/share/tool.conf", Host(folder["tool.conf"]))
            .Set("usr/share/tool", Host(folder["tool"]))
            .Build();

        var findings = CheckedTrees.Run(new BuildFolderCheck(), tree, definition: Definition);

        Assert.Equal(
            [
                ("/usr/lib/link", null, 0, "a folder of the machine that builds."),
                ("/usr/share/tool", folder["tool"], 0, "a folder of the machine that builds."),
                ("/usr/share/tool.conf", folder["tool.conf"], 3, "a folder of the machine that builds, in line 3."),
            ],
            findings.Select(finding => (finding.Path!, finding.SourceFile, finding.SourceLine, finding.Message[finding.Message.IndexOf("a folder", StringComparison.Ordinal)..])));
        Assert.All(findings, finding => Assert.Equal("COMPOSE2028", finding.Descriptor.Code));
    }

    [Fact]
    public void A_file_of_an_item_is_named_by_the_item()
    {
        var tree = new FileTreeBuilder().SetText("usr/share/tool", "/home/al/project/x").Build();
        var origins = new ContentOrigins();
        var traits = new ItemTraits("ExtensionFile", "Destination", "/usr/share/tool");
        origins.Add(tree[^1].Entry, "tool", traits);

        var finding = Assert.Single(CheckedTrees.Run(new BuildFolderCheck(), tree, origins: origins, definition: Definition));

        Assert.Equal(("tool", traits), (finding.Item, finding.Traits));
    }

    [Fact]
    public void What_comes_out_of_the_store_is_not_read()
    {
        using var folder = new TemporaryDirectory();
        var store = new ContentStore(folder["store"]);
        var tree = new FileTreeBuilder().SetText("usr/share/tool", "/home/al/project/x").Build();

        Assert.Single(CheckedTrees.Run(new BuildFolderCheck(), tree, definition: Definition));
        Assert.Empty(CheckedTrees.Run(new BuildFolderCheck(), tree.StoreContents(store), definition: Definition));
        Assert.Empty(CheckedTrees.Run(new BuildFolderCheck(), tree));
    }

    private static FileEntry Host(string path) => new(EntryMetadata.File, new HostFileContent(path, new FileInfo(path).Length));
}
