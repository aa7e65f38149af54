using System.Text;

namespace Compose.FileTrees.Tests;

public class TreePathTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData("./usr/bin/", "usr/bin")]
    [InlineData("/usr//./bin", "usr/bin")]
    [InlineData("...", "...")]
    public void Text_is_normalised(string text, string expected) =>
        Assert.Equal(expected, TreePath.Parse(text).ToString());

    [Theory]
    [InlineData("..")]
    [InlineData("usr/../etc")]
    [InlineData("/../etc/passwd")]
    [InlineData("a\0b")]
    public void A_path_that_leaves_the_tree_is_refused(string text)
    {
        Assert.False(TreePath.TryParse(Encoding.UTF8.GetBytes(text), out _));
        Assert.Throws<FormatException>(() => TreePath.Parse(text));
    }

    [Fact]
    public void Names_that_are_not_UTF8_survive_and_are_shown_escaped()
    {
        byte[] bytes = [(byte)'d', (byte)'/', 0xFF, 0xC3, (byte)'x', 0x07];
        Assert.True(TreePath.TryParse(bytes, out var path));
        Assert.Equal(bytes, path.Bytes.ToArray());
        Assert.Equal("d/\\xff\\xc3x\\x07", path.ToString());
    }

    [Fact]
    public void Order_is_a_walk_in_pre_order_with_siblings_by_bytes()
    {
        string[] walk = ["", "a", "a/b", "a/b/c", "a/c", "a-b", "a.b", "aa", "b", "\u00e9", "\uff5e", "\U00010000"];
        var shuffled = walk.Select(TreePath.Parse).Reverse().Order().Select(path => path.ToString());
        Assert.Equal(walk, shuffled);
    }

    [Theory]
    [InlineData("usr/lib", "usr/lib", true)]
    [InlineData("usr/lib/x", "usr/lib", true)]
    [InlineData("usr/lib64", "usr/lib", false)]
    [InlineData("usr", "usr/lib", false)]
    [InlineData("anything", "", true)]
    public void Within_goes_by_whole_components(string path, string ancestor, bool expected) =>
        Assert.Equal(expected, TreePath.Parse(path).IsWithin(TreePath.Parse(ancestor)));

    [Fact]
    public void Parts_of_a_path_can_be_taken_and_put_together()
    {
        var path = TreePath.Parse("usr/lib/os-release");
        Assert.Equal("usr/lib", path.Parent.ToString());
        Assert.Equal("os-release", Encoding.UTF8.GetString(path.Name));
        Assert.Equal(3, path.Depth);
        Assert.Equal("lib/os-release", path.RelativeTo(TreePath.Parse("usr")).ToString());
        Assert.Equal(path, TreePath.Parse("usr").Append(TreePath.Parse("lib/os-release")));
        Assert.Equal(path, path.Parent.Child("os-release"));
        Assert.True(TreePath.Root.Parent.IsRoot);
        Assert.Throws<ArgumentException>(() => path.RelativeTo(TreePath.Parse("etc")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0")]
    public void A_child_needs_a_file_name(string name) =>
        Assert.Throws<FormatException>(() => TreePath.Root.Child(name));
}
