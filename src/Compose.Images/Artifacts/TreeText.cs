using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Artifacts;

/// <summary>Reads small text files of a tree that may come from strangers.</summary>
internal static class TreeText
{
    /// <summary>Release files, units and drop-ins have some hundred bytes.</summary>
    private const int MaximumSize = 256 * 1024;

    /// <summary>A file's text; null when no file stands there. Of a larger file than such files are, the start.</summary>
    public static string? Read(FileTree tree, TreePath path) =>
        tree.TryGet(path, out var entry) && entry is FileEntry file ? Read(file) : null;

    /// <inheritdoc cref="Read(FileTree, TreePath)"/>
    public static string Read(FileEntry file) => Encoding.UTF8.GetString(ReadBytes(file));

    /// <summary>A file's bytes. Of a larger file than such files are, the start.</summary>
    public static ReadOnlySpan<byte> ReadBytes(FileEntry file)
    {
        var bytes = new byte[(int)Math.Min(file.Content.Length, MaximumSize)];
        return bytes.AsSpan(0, file.Content.ReadStart(bytes));
    }

    /// <summary>Text of an image with its control characters made visible, so that a terminal can show it.</summary>
    public static string Printable(string text) => TreePath.Describe(Encoding.UTF8.GetBytes(text));
}
