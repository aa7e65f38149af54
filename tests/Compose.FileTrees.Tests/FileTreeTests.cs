namespace Compose.FileTrees.Tests;

public class FileTreeTests
{
    [Fact]
    public void An_empty_tree_holds_its_root() =>
        Assert.Equal([TreePath.Root], FileTree.Empty.Select(item => item.Path));

    [Fact]
    public void Missing_parents_are_made_as_root_owned_directories()
    {
        var tree = Trees.Of("usr/share/doc/x");
        Assert.Equal(["", "usr", "usr/share", "usr/share/doc", "usr/share/doc/x"], tree.Select(item => item.Path.ToString()));
        Assert.True(tree.TryGet(TreePath.Parse("usr/share"), out var entry));
        Assert.Equal(EntryMetadata.Directory, Assert.IsType<DirectoryEntry>(entry).Metadata);
    }

    [Fact]
    public void A_file_cannot_be_a_parent()
    {
        var exception = Assert.Throws<InvalidFileTreeException>(() => Trees.Of("usr/lib", "usr/lib/x"));
        Assert.Equal("usr/lib/x", exception.Path.ToString());
    }

    [Fact]
    public void A_link_in_place_of_a_directory_is_refused() =>
        Assert.Throws<InvalidFileTreeException>(() =>
            new FileTreeBuilder().Set("lib", new SymlinkEntry("/tmp")).SetText("lib/x", "").Build());

    [Fact]
    public void Children_and_subtrees_are_found_among_similar_names()
    {
        var tree = Trees.Of("a/b/c", "a/b/d", "a/b-x", "a/c", "a-b/e", "b");
        Assert.Equal(["a/b", "a/b-x", "a/c"], tree.Children(TreePath.Parse("a")).Select(item => item.Path.ToString()));
        Assert.Equal(
            ["a/b", "a/b/c", "a/b/d"],
            tree.Subtree(TreePath.Parse("a/b")).ToArray().Select(item => item.Path.ToString()));
        Assert.Empty(tree.Children(TreePath.Parse("missing")));
        Assert.True(tree.Subtree(TreePath.Parse("missing")).IsEmpty);
    }

    [Fact]
    public void The_end_of_a_large_subtree_is_found()
    {
        foreach (var count in (int[])[1, 2, 3, 7, 8, 9, 1000])
        {
            var tree = Trees.Of([.. Enumerable.Range(0, count).Select(i => $"d/{i:d4}"), "e"]);
            Assert.Equal(count + 1, tree.Subtree(TreePath.Parse("d")).Length);
        }
    }

    [Fact]
    public void A_hard_link_is_a_second_name_of_one_entry()
    {
        var tree = new FileTreeBuilder()
            .SetText("a", "x")
            .Link(TreePath.Parse("b"), TreePath.Parse("a"))
            .Build();
        Assert.True(tree.TryGet(TreePath.Parse("a"), out var a));
        Assert.True(tree.TryGet(TreePath.Parse("b"), out var b));
        Assert.Same(a, b);
    }

    [Fact]
    public void A_hard_link_needs_a_file_that_is_there()
    {
        var builder = new FileTreeBuilder().Set("d", new DirectoryEntry(EntryMetadata.Directory));
        Assert.Throws<InvalidFileTreeException>(() => builder.Link(TreePath.Parse("b"), TreePath.Parse("missing")));
        Assert.Throws<InvalidFileTreeException>(() => builder.Link(TreePath.Parse("b"), TreePath.Parse("d")));
    }

    [Fact]
    public void Extended_attributes_are_sorted_and_unique()
    {
        var attributes = new ExtendedAttributes([new("user.b", "2"u8.ToArray()), new("user.a", "1"u8.ToArray())]);
        Assert.Equal(["user.a", "user.b"], attributes.Select(attribute => attribute.Name));
        Assert.Equal(attributes, new ExtendedAttributes(attributes.Reverse()));
        Assert.Throws<ArgumentException>(() => new ExtendedAttributes([new("user.a", default), new("user.a", default)]));
    }

    [Fact]
    public void Permissions_hold_no_file_type() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EntryMetadata { Permissions = 0x81A4 });

    [Fact]
    public void A_walk_s_items_are_a_tree_as_they_are()
    {
        var tree = Trees.Of("a/b/c", "a/b/d", "a/b-x", "a/c", "a-b/e", "b");

        Assert.Equal(tree, FileTree.FromWalk([.. tree]));
    }

    [Theory]
    [InlineData("a", "a", "twice")]
    [InlineData("b", "a", "out of order")]
    [InlineData("a/b", null, "without its parent")]
    [InlineData("a", "a/b", "below a file")]
    [InlineData("", null, "a second root")]
    public void A_walk_that_is_none_is_refused(string first, string? second, string reason)
    {
        TreeItem File(string path) => new(TreePath.Parse(path), new FileEntry(EntryMetadata.File, new BytesContent("")));
        TreeItem[] items = [FileTree.Empty[0], File(first), .. second is null ? [] : new[] { File(second) }];

        Assert.True(Record.Exception(() => FileTree.FromWalk(items)) is InvalidFileTreeException, reason);
        Assert.Throws<InvalidFileTreeException>(() => FileTree.FromWalk(items[1..]));
    }
}
