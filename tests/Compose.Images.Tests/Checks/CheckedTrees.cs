using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks;
using Compose.Images.Extensions;
using Compose.Images.Trees;

namespace Compose.Images.Tests.Checks;

/// <summary>Runs one check on small trees.</summary>
internal static class CheckedTrees
{
    /// <summary>What a check finds in an extension called <c>tool</c>.</summary>
    public static IReadOnlyList<Diagnostic> Run(
        IExtensionCheck check,
        FileTree tree,
        FileTree? baseTree = null,
        IReadOnlyList<ReferencedExtension>? references = null,
        ContentOrigins? origins = null,
        ExtensionDefinition? definition = null)
    {
        var reporter = new RecordingReporter();
        var extension = new CheckedExtension
        {
            Definition = definition ?? new() { Name = "tool" },
            Tree = tree,
            BaseTree = baseTree,
            References = references ?? [],
            Origins = origins ?? ContentOrigins.Unknown,
        };
        check.Check(extension, reporter);
        return reporter.Diagnostics;
    }

    /// <summary>Puts a file with these metadata at a path.</summary>
    public static FileTreeBuilder File(this FileTreeBuilder builder, string path, int permissions, uint user = 0, uint group = 0, params string[] attributes) =>
        builder.Set(path, new FileEntry(Metadata(permissions, user, group, attributes), new BytesContent(path)));

    /// <summary>Puts a directory with these metadata at a path.</summary>
    public static FileTreeBuilder Directory(this FileTreeBuilder builder, string path, int permissions, uint user = 0, uint group = 0, params string[] attributes) =>
        builder.Set(path, new DirectoryEntry(Metadata(permissions, user, group, attributes)));

    /// <summary>An octal number.</summary>
    public static int Octal(string digits) => Convert.ToInt32(digits, 8);

    /// <summary>Attributes are <c>NAME=VALUE</c>.</summary>
    private static EntryMetadata Metadata(int permissions, uint user, uint group, string[] attributes) => new()
    {
        Permissions = (ushort)permissions,
        UserId = user,
        GroupId = group,
        ExtendedAttributes = new(attributes.Select(attribute => new ExtendedAttribute(attribute.Split('=')[0], System.Text.Encoding.UTF8.GetBytes(attribute.Split('=')[1])))),
    };
}
