using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Merging;

/// <summary>A directory of one tree where another has a symbolic link: one of them hides what is reached through the other.</summary>
internal static class LinkConflict
{
    /// <summary>The finding; null when the entries are no such pair.</summary>
    /// <param name="path">The path of both.</param>
    /// <param name="name">Whose the first is, for the message.</param>
    /// <param name="entry">The first.</param>
    /// <param name="otherName">Whose the other is.</param>
    /// <param name="other">The other, which is merged below the first.</param>
    public static Diagnostic? Find(TreePath path, string name, TreeEntry entry, string otherName, TreeEntry other) => (entry, other) switch
    {
        (DirectoryEntry, SymlinkEntry link) => Create(
            path,
            $"'/{path}' is a directory in {name} and a symbolic link to '{TreePath.Describe(link.Target.Span)}' in {otherName}; "
            + "merged, the directory would hide all that is reached through the link. Put the files below the link's target."),
        (SymlinkEntry, DirectoryEntry) => Create(
            path,
            $"'/{path}' is a symbolic link in {name} and a directory in {otherName}; merged, the link would hide all that the directory holds."),
        _ => null,
    };

    private static Diagnostic Create(TreePath path, string message) =>
        ImageDiagnostics.DirectoryOverSymlink.Create(message) with { Path = $"/{path}" };
}
