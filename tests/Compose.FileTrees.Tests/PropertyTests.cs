using Compose.FileTrees.Operations;
using CsCheck;

namespace Compose.FileTrees.Tests;

/// <summary>Laws that hold for any tree. The seed is fixed so that a run can be repeated.</summary>
public class PropertyTests
{
    private const string Seed = "0000KDO3Jkx2";

    private static readonly string[] Names = ["a", "b", "a-b", "a.b", "é"];

    private static readonly Gen<string> Path =
        Gen.Int[0, 4].Select(i => Names[i]).Array[1, 4].Select(parts => string.Join('/', parts));

    /// <summary>Trees of files, some with files where others have directories.</summary>
    private static readonly Gen<FileTree> Tree = Path.Array[0, 20].Select(paths =>
    {
        var tree = FileTree.Empty;
        foreach (var path in paths)
        {
            tree = tree.Layer(Trees.Of(path));
        }

        return tree;
    });

    [Fact]
    public void Items_are_sorted_unique_and_have_their_parents() => Tree.Sample(
        tree =>
        {
            for (var i = 1; i < tree.Count; i++)
            {
                Assert.True(tree[i - 1].Path < tree[i].Path);
                Assert.True(tree.TryGet(tree[i].Path.Parent, out var parent) && parent is DirectoryEntry);
            }
        },
        seed: Seed, threads: 1);

    [Fact]
    public void A_layer_over_itself_changes_nothing() =>
        Tree.Sample(tree => Trees.AssertSame(tree, tree.Layer(tree)), seed: Seed, threads: 1);

    [Fact]
    public void All_of_the_upper_layer_is_in_the_result() => Gen.Select(Tree, Tree).Sample(
        (lower, upper) =>
        {
            var layered = lower.Layer(upper);
            Assert.All(upper, item => Assert.True(layered.TryGet(item.Path, out var entry) && ReferenceEquals(entry, item.Entry)));
            Assert.All(layered, item => Assert.True(upper.Contains(item.Path) || lower.Contains(item.Path)));
            Trees.AssertSame(layered, new FileTreeBuilder(layered).Build());
        },
        seed: Seed, threads: 1);

    [Fact]
    public void Subtracting_leaves_nothing_of_the_other_but_directories() => Gen.Select(Tree, Tree).Sample(
        (tree, other) => Assert.All(
            tree.Subtract(other),
            item => Assert.True(!other.Contains(item.Path) || item.Entry is DirectoryEntry)),
        seed: Seed, threads: 1);

    [Fact]
    public void Relocating_there_and_back_changes_nothing() => Tree.Sample(
        tree =>
        {
            if (tree.TryGet(TreePath.Parse("a"), out var entry) && entry is DirectoryEntry)
            {
                var there = tree.Relocate(TreePath.Parse("a"), TreePath.Parse("z"));
                Trees.AssertSame(tree, there.Relocate(TreePath.Parse("z"), TreePath.Parse("a")));
            }
        },
        seed: Seed, threads: 1);
}
