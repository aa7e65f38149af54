using System.Text;
using Compose.FileTrees.Operations;

namespace Compose.FileTrees.Tests;

/// <summary>Small trees for tests.</summary>
internal static class Trees
{
    /// <summary>A tree of text files that hold their own path; a path with a trailing slash is a directory.</summary>
    public static FileTree Of(params string[] paths)
    {
        var builder = new FileTreeBuilder();
        foreach (var path in paths)
        {
            if (path.EndsWith('/'))
            {
                builder.Set(path, new DirectoryEntry(EntryMetadata.Directory));
            }
            else
            {
                builder.SetText(path, path);
            }
        }

        return builder.Build();
    }

    /// <summary>The paths without the root.</summary>
    public static IEnumerable<string> Paths(this FileTree tree) => tree.Skip(1).Select(item => item.Path.ToString());

    /// <summary>The text of a file.</summary>
    public static string Text(this FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry), $"{path} is not in the tree.");
        using var reader = new StreamReader(Assert.IsType<FileEntry>(entry).Content.OpenRead(), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Asserts that two trees have the same paths, kinds, metadata, contents and links.</summary>
    public static void AssertSame(FileTree expected, FileTree actual)
    {
        Assert.Equal(expected.Select(item => item.Path), actual.Select(item => item.Path));
        var names = new Dictionary<TreeEntry, TreeEntry>(ReferenceEqualityComparer.Instance);
        foreach (var (left, right) in expected.Zip(actual))
        {
            Assert.Equal(left.Entry.GetType(), right.Entry.GetType());
            Assert.Equal(left.Entry.Metadata, right.Entry.Metadata);
            Assert.True(FileTreeOperations.SameContent(left.Entry, right.Entry), $"{left.Path} has another content.");
            names.TryAdd(left.Entry, right.Entry);
            Assert.Same(names[left.Entry], right.Entry);
        }
    }
}
