using Compose.FileTrees.Operations;

namespace Compose.FileTrees.Tests;

public class OperationTests
{
    [Fact]
    public void The_upper_layer_hides_files_and_merges_directories()
    {
        var lower = Trees.Of("etc/a", "etc/b", "usr/x/y");
        var upper = new FileTreeBuilder()
            .SetText("etc/b", "upper")
            .SetText("etc/c", "upper")
            .SetText("usr/x", "a file now")
            .Build();
        var layered = lower.Layer(upper);
        Assert.Equal(["etc", "etc/a", "etc/b", "etc/c", "usr", "usr/x"], layered.Paths());
        Assert.Equal("upper", layered.Text("etc/b"));
        Assert.Equal("a file now", layered.Text("usr/x"));
    }

    [Fact]
    public void A_directory_of_the_upper_layer_replaces_a_file()
    {
        var layered = Trees.Of("a", "b").Layer(Trees.Of("a/x"));
        Assert.Equal(["a", "a/x", "b"], layered.Paths());
    }

    [Fact]
    public void A_merged_directory_has_the_upper_metadata()
    {
        var open = EntryMetadata.Directory with { Permissions = 0x1FF };
        var layered = Trees.Of("tmp/x").Layer(new FileTreeBuilder().Set("tmp", new DirectoryEntry(open)).Build());
        Assert.True(layered.TryGet(TreePath.Parse("tmp"), out var entry));
        Assert.Equal(open, entry.Metadata);
        Assert.Contains("tmp/x", layered.Paths());
    }

    [Fact]
    public void Subtracting_keeps_the_directories_that_still_hold_something()
    {
        var rest = Trees.Of("usr/bin/a", "usr/bin/b", "usr/lib/c", "var/").Subtract(Trees.Of("usr/bin/a", "usr/lib/c"));
        Assert.Equal(["usr", "usr/bin", "usr/bin/b", "var"], rest.Paths());
    }

    [Fact]
    public void Including_keeps_the_directories_above()
    {
        var kept = Trees.Of("usr/bin/a", "usr/lib/b", "etc/c").Include([new Glob("usr/bin/*")]);
        Assert.Equal(["usr", "usr/bin", "usr/bin/a"], kept.Paths());
    }

    [Fact]
    public void Excluding_drops_directories_that_become_empty_and_keeps_those_that_were()
    {
        var kept = Trees.Of("usr/share/doc/x/y", "usr/share/doc/z", "usr/share/empty/", "usr/bin/a")
            .Exclude([new Glob("usr/share/doc")]);
        Assert.Equal(["usr", "usr/bin", "usr/bin/a", "usr/share", "usr/share/empty"], kept.Paths());
        Assert.Equal([], Trees.Of("a/b/c").Exclude([new Glob("a/b/c")]).Paths());
    }

    [Fact]
    public void Relocating_merges_directories()
    {
        var moved = Trees.Of("lib/x/a", "usr/lib/x/b", "bin/c").Relocate(TreePath.Parse("lib"), TreePath.Parse("usr/lib"));
        Assert.Equal(["bin", "bin/c", "usr", "usr/lib", "usr/lib/x", "usr/lib/x/a", "usr/lib/x/b"], moved.Paths());
    }

    [Fact]
    public void Relocating_into_itself_is_possible()
    {
        var moved = Trees.Of("etc/a").Relocate(TreePath.Parse("etc"), TreePath.Parse("etc/old"));
        Assert.Equal(["etc", "etc/old", "etc/old/a"], moved.Paths());
    }

    [Fact]
    public void Relocating_over_something_else_is_refused()
    {
        var tree = Trees.Of("lib/a", "usr/lib/a");
        var exception = Assert.Throws<InvalidFileTreeException>(() => tree.Relocate(TreePath.Parse("lib"), TreePath.Parse("usr/lib")));
        Assert.Equal("lib/a", exception.Path.ToString());
    }

    [Fact]
    public void Changing_metadata_keeps_hard_links_linked()
    {
        var tree = new FileTreeBuilder().SetText("a", "x").Link(TreePath.Parse("b"), TreePath.Parse("a")).Build();
        var changed = tree.MapMetadata(item => item.Entry.Metadata with { ModifiedTime = 7 });
        Assert.Equal(7, changed[1].Entry.Metadata.ModifiedTime);
        Assert.Same(changed[1].Entry, changed[2].Entry);
    }

    [Theory]
    [InlineData("usr/share/doc", "usr/share/doc/x/y", true)]
    [InlineData("/usr/share/doc", "usr/share/doc", true)]
    [InlineData("usr/share/doc", "usr/share/docs", false)]
    [InlineData("usr/*/x", "usr/lib/x", true)]
    [InlineData("usr/*/x", "usr/lib/y/x", false)]
    [InlineData("**/x", "x", true)]
    [InlineData("**/x", "a/b/x", true)]
    [InlineData("a/**/x", "a/x", true)]
    [InlineData("a/**/b/**/x", "a/1/b/2/3/x", true)]
    [InlineData("a/**", "a", false)]
    [InlineData("a/**", "a/b", true)]
    [InlineData("*.so*", "libc.so.6", true)]
    [InlineData("*.s?", "x.so", true)]
    [InlineData("*.s?", "x.s", false)]
    [InlineData("rc[0-6S].d", "rc5.d", true)]
    [InlineData("rc[0-6S].d", "rcS.d", true)]
    [InlineData("rc[0-6S].d", "rc7.d", false)]
    [InlineData("[!a]b", "cb", true)]
    [InlineData("[!a]b", "ab", false)]
    [InlineData("[]x", "[]x", true)]
    [InlineData("[a]x[", "ax", false)]
    [InlineData("A", "a", false)]
    [InlineData("*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void Globs_match_as_documented(string pattern, string path, bool expected) =>
        Assert.Equal(expected, new Glob(pattern).Matches(TreePath.Parse(path)));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/../b")]
    [InlineData("a[b")]
    public void A_bad_glob_is_refused(string pattern) =>
        Assert.Throws<FormatException>(() => new Glob(pattern));
}
