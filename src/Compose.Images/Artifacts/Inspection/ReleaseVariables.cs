using Compose.FileTrees;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>Release files as facts: their variables in order, the last of one name counting.</summary>
internal static class ReleaseVariables
{
    private static readonly TreePath[] SystemPaths = [TreePath.Parse("etc/os-release"), TreePath.Parse("usr/lib/os-release")];

    /// <summary>The variables of a tree's os-release; null when it has none.</summary>
    public static OrderedDictionary<string, string>? OfSystem(FileTree tree) =>
        SystemPaths.Select(path => TreeText.Read(tree, path)).FirstOrDefault(text => text is not null) is { } text ? Parse(text) : null;

    /// <summary>The variables of a file's text.</summary>
    public static OrderedDictionary<string, string> Parse(string text)
    {
        var variables = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in ReleaseFile.Parse(text).Variables)
        {
            variables[TreeText.Printable(name)] = TreeText.Printable(value);
        }

        return variables;
    }
}
