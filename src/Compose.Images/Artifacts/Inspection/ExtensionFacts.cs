using System.Text;
using Compose.FileTrees;
using Compose.Images.ReleaseFiles;

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

    /// <summary>The variables as the file has them, where <see cref="Variables"/> are fit for a terminal.</summary>
    internal ReleaseFile Release { get; private init; } = new();

    /// <summary>Whether every release of systemd finds it by the image's name.</summary>
    internal bool FitsExactly { get; private init; }

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
                    var text = TreeText.Read(file);
                    var isExact = name.SequenceEqual(Encoding.UTF8.GetBytes(stem)) || IsForAnyName(file);
                    found.Add(new ExtensionFacts(
                        kind,
                        TreePath.Describe(name),
                        $"/{path}",
                        isExact || name.SequenceEqual(WithoutVersion(Encoding.UTF8.GetBytes(stem))),
                        ReleaseVariables.Parse(text))
                    {
                        Release = ReleaseFile.Parse(text),
                        FitsExactly = isExact,
                    });
                }
            }
        }

        return found;
    }

    /// <summary>
    /// What is before the first underscore or plus sign: behind it are a version, and in names that are published an
    /// architecture. systemd 257 looks for that, too.
    /// </summary>
    private static ReadOnlySpan<byte> WithoutVersion(ReadOnlySpan<byte> stem) => stem.IndexOfAny((byte)'_', (byte)'+') is >= 0 and var end ? stem[..end] : stem;

    /// <summary>Whether the file says that any name will do (os-release(5), "user.extension-release.strict").</summary>
    private static bool IsForAnyName(FileEntry file) => file.Metadata.ExtendedAttributes.Any(attribute =>
        attribute.Name == "user.extension-release.strict" && attribute.Value.Span.SequenceEqual("0"u8));
}
