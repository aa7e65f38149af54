using System.Text;
using Compose.FileTrees.Operations;
using CsCheck;

namespace Compose.FileTrees.Tests;

public class LinkResolverTests
{
    private const string Seed = "0000KDO3Jkx2";

    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    /// <summary>Names in and below the root, where links lead to more links and to themselves soon.</summary>
    private static readonly Gen<string> Place =
        Gen.OneOf(AnyOf(Names), Gen.Select(AnyOf(Names), AnyOf(Names), (first, second) => $"{first}/{second}"));

    private static readonly Gen<string> Target = Gen.Select(
        AnyOf("", "", "", "/"),
        AnyOf(["..", ".", "", "missing", .. Names, .. Names, .. Names]).Array[0, 8],
        (start, parts) => start + string.Join('/', parts));

    private static readonly Gen<(string Place, string? Target)> Entry = Gen.Select(Place, Gen.Int[0, 9], Target, (place, kind, target) =>
        kind switch
        {
            0 => (place, null),
            < 4 => (place + "/", null),
            _ => (place, (string?)target),
        });

    private static readonly Gen<FileTree> Tree = Entry.Array[1, 20].Select(entries =>
    {
        var tree = FileTree.Empty;
        foreach (var (place, target) in entries)
        {
            tree = tree.Layer(Of((place, target)));
        }

        return tree;
    });

    [Fact]
    public void A_path_leads_where_following_each_link_on_its_own_leads() => Gen.Select(Tree, Tree, Target.Array[1, 30], Gen.Bool).Sample(
        (upper, lower, paths, staysAtRoot) =>
        {
            FileTree[] trees = [upper, lower];
            var resolver = new LinkResolver(trees, staysAtRoot);
            foreach (var path in (byte[][])[.. paths.Select(Encoding.UTF8.GetBytes), .. upper.Select(item => item.Path.Bytes.ToArray())])
            {
                Assert.Equal(Plain(trees, staysAtRoot, path), Resolve(resolver, path));
            }
        },
        seed: Seed, iter: 3000, threads: 1);

    [Theory]
    [InlineData(38)]
    [InlineData(39)]
    [InlineData(40)]
    [InlineData(41)]
    [InlineData(200)]
    public void Forty_links_are_followed_in_whatever_order_they_are_asked_for(int count)
    {
        FileTree[] trees = [Chain(count, "")];
        foreach (var step in (int[])[1, -1, 7])
        {
            var resolver = new LinkResolver(trees, staysAtRoot: true);
            for (var i = 0; i < count; i++)
            {
                var path = trees[0][1 + (((step * i % count) + count) % count)].Path.Bytes.ToArray();
                Assert.Equal(Plain(trees, true, path), Resolve(resolver, path));
            }
        }
    }

    [Fact]
    public void Links_that_lead_through_the_one_before_twice_are_counted_as_often()
    {
        // The thousandth would take 2^1000 steps.
        FileTree[] trees = [Of([("d/", null), ("l0000", "d"), .. Enumerable.Range(1, 1000).Select(i => ($"l{i:0000}", (string?)$"l{i - 1:0000}/../l{i - 1:0000}"))])];
        var resolver = new LinkResolver(trees, staysAtRoot: true);

        foreach (var item in trees[0].Reverse())
        {
            Assert.Equal(Plain(trees, true, item.Path.Bytes), Resolve(resolver, item.Path.Bytes.ToArray()));
        }
    }

    [Theory]
    [InlineData("l1", "l1/../x", "l2", "l1")]
    [InlineData("l1", "l2", "l2", "/l1/y")]
    [InlineData("l1", "l2/l2", "l2", "l1/l1")]
    public void Links_that_lead_to_each_other_lead_nowhere(string first, string target, string second, string secondTarget)
    {
        FileTree[] trees = [Of((first, target), (second, secondTarget))];
        var resolver = new LinkResolver(trees, staysAtRoot: true);

        Assert.False(resolver.TryResolve(TreePath.Parse(first), out _));
        Assert.Equal(Plain(trees, true, "l1"u8), Resolve(resolver, "l1"u8.ToArray()));
        Assert.Equal(Plain(trees, true, "l2"u8), Resolve(resolver, "l2"u8.ToArray()));
    }

    [Fact]
    public void A_chain_as_long_as_a_tree_may_be_is_followed_to_its_end()
    {
        // Links that go far before they lead on: forty of them for each path would take hours.
        var tree = Chain(200_000, string.Concat(Enumerable.Repeat("d/../", 20)));
        var resolver = new LinkResolver([tree], staysAtRoot: true);

        var leading = tree.Skip(1).Where(item => item.Entry is SymlinkEntry && resolver.TryResolve(item.Path, out _)).Select(item => item.Path.ToString());

        Assert.Equal(Enumerable.Range(199_960, 40).Select(i => $"l{i:000000}"), leading);
    }

    private static Gen<string> AnyOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static (string? Path, int Tree, string End) Resolve(LinkResolver resolver, byte[] path) =>
        resolver.TryResolve(path, out var resolved, out var end) ? (resolved.Path.ToString(), resolved.Tree, "") : (null, 0, end.ToString());

    /// <summary>Links that each lead to the next one, and the last to a directory.</summary>
    private static FileTree Chain(int count, string detour) =>
        Of([.. Enumerable.Range(0, count).Select(i => ($"l{i:000000}", (string?)(detour + (i == count - 1 ? "d" : $"l{i + 1:000000}")))), ("d/", null)]);

    private static FileTree Of(params (string Place, string? Target)[] entries)
    {
        var builder = new FileTreeBuilder();
        foreach (var (place, target) in entries)
        {
            builder.Set(
                place,
                target is not null ? new SymlinkEntry(target)
                : place.EndsWith('/') ? new DirectoryEntry(EntryMetadata.Directory)
                : new FileEntry(EntryMetadata.File, new BytesContent(place)));
        }

        return builder.Build();
    }

    /// <summary>path_resolution(7) as it is written there: name by name, each link anew.</summary>
    private static (string? Path, int Tree, string End) Plain(FileTree[] trees, bool staysAtRoot, ReadOnlySpan<byte> path)
    {
        var links = 0;
        var current = TreePath.Root;
        var names = NamesOf(path);
        while (names.Count > 0)
        {
            var name = names[0];
            names.RemoveAt(0);
            if (TreeOf(trees, current, out var stands) >= 0 && stands is not DirectoryEntry)
            {
                return (null, 0, current.ToString());
            }

            if (name == "..")
            {
                if (current.IsRoot && !staysAtRoot)
                {
                    return (null, 0, "");
                }

                current = current.Parent;
                continue;
            }

            var next = current.Child(name);
            if (TreeOf(trees, next, out var entry) < 0)
            {
                return (null, 0, next.ToString());
            }

            if (entry is not SymlinkEntry link)
            {
                current = next;
                continue;
            }

            if (++links > 40 || link.Target.IsEmpty)
            {
                return (null, 0, next.ToString());
            }

            current = link.Target.Span[0] == '/' ? TreePath.Root : current;
            names.InsertRange(0, NamesOf(link.Target.Span));
        }

        return (current.ToString(), TreeOf(trees, current, out _), "");
    }

    private static List<string> NamesOf(ReadOnlySpan<byte> path) =>
        [.. Encoding.UTF8.GetString(path).Split('/').Where(name => name is not ("" or "."))];

    private static int TreeOf(FileTree[] trees, TreePath path, out TreeEntry? entry)
    {
        for (var i = 0; i < trees.Length; i++)
        {
            if (trees[i].TryGet(path, out entry))
            {
                return i;
            }
        }

        entry = null;
        return -1;
    }
}
