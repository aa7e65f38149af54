using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Trees;

/// <summary>Turns trees that do not fit together into a diagnostic.</summary>
internal static class TreeConflicts
{
    /// <summary>Makes a tree, and says what it is made of when that fails.</summary>
    /// <exception cref="DiagnosticException">The parts do not form a tree.</exception>
    public static FileTree Guard(string what, Func<FileTree> make)
    {
        try
        {
            return make();
        }
        catch (InvalidFileTreeException e)
        {
            throw new DiagnosticException(ImageDiagnostics.TreeConflict.Create($"Composing {what} failed: {e.Message}"), e);
        }
    }
}
