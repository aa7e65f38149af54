using Compose.FileTrees;

namespace Compose.Images.Tests;

/// <summary>Small trees and packages for tests.</summary>
internal static class Trees
{
    /// <summary>A tree of text files that hold their own path; <c>a -> b</c> is a link, a trailing slash a directory.</summary>
    public static FileTree Of(params string[] paths)
    {
        var builder = new FileTreeBuilder();
        foreach (var path in paths)
        {
            if (path.Split(" -> ") is [var link, var target])
            {
                builder.Set(link, new SymlinkEntry(target));
            }
            else if (path.EndsWith('/'))
            {
                builder.Set(path, new DirectoryEntry(EntryMetadata.Directory));
            }
            else
            {
                builder.Set(path, new FileEntry(EntryMetadata.File with { ModifiedTime = 1_700_000_000 }, new BytesContent(path)));
            }
        }

        return builder.Build();
    }

    public static PackageInput Package(string name, params string[] paths) => new(name, "1.0-1", Of(paths), []);

    /// <summary>The paths of everything but directories.</summary>
    public static IEnumerable<string> Files(this FileTree tree) =>
        tree.Where(item => item.Entry is not DirectoryEntry).Select(item => item.Path.ToString());

    public static string Text(this FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry), $"{path} is not in the tree: {string.Join(' ', tree.Files())}");
        using var reader = new StreamReader(Assert.IsType<FileEntry>(entry).Content.OpenRead());
        return reader.ReadToEnd();
    }
}
