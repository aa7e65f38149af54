using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>An extension-release file.</summary>
/// <param name="Kind"><c>sysext</c> or <c>confext</c>, by the file's place.</param>
/// <param name="Name">The name behind <c>extension-release.</c>.</param>
/// <param name="Path">The file's path.</param>
/// <param name="FitsName">Whether systemd finds it by the image's name.</param>
/// <param name="Variables">Its variables.</param>
public sealed record ExtensionFacts(
    string Kind, string Name, string Path, bool FitsName, IReadOnlyDictionary<string, string> Variables)
{
    private static readonly (string Kind, TreePath Directory)[] Places =
        [("sysext", TreePath.Parse("usr/lib/extension-release.d")), ("confext", TreePath.Parse("etc/extension-release.d"))];

    private static ReadOnlySpan<byte> Prefix => "extension-release."u8;

    /// <summary>Finds the extension-release files of a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="stem">The image's name without its suffix.</param>
    public static IReadOnlyList<ExtensionFacts> Of(FileTree tree, string stem)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var found = new List<ExtensionFacts>();
        foreach (var (kind, directory) in Places)
        {
            foreach (var (path, entry) in tree.Children(directory))
            {
                if (entry is FileEntry file && path.Name.StartsWith(Prefix))
                {
                    var name = path.Name[Prefix.Length..];
                    found.Add(new ExtensionFacts(
                        kind,
                        TreePath.Describe(name),
                        $"/{path}",
                        Fits(Encoding.UTF8.GetBytes(stem), name, file),
                        ReleaseVariables.Parse(TreeText.Read(file))));
                }
            }
        }

        return found;
    }

    /// <summary>
    /// The file has the image's name, with or without what stands behind an underscore or a plus sign: a version, and in names
    /// that are published an architecture; or it says that any name will do (os-release(5), "user.extension-release.strict").
    /// </summary>
    private static bool Fits(ReadOnlySpan<byte> stem, ReadOnlySpan<byte> name, FileEntry file) =>
        (name.Length > 0 && stem.StartsWith(name) && (stem.Length == name.Length || stem[name.Length] is (byte)'_' or (byte)'+'))
        || file.Metadata.ExtendedAttributes.Any(attribute =>
            attribute.Name == "user.extension-release.strict" && attribute.Value.Span.SequenceEqual("0"u8));
}
