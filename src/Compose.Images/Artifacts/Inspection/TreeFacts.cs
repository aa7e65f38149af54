using System.Globalization;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>What the files of a part are.</summary>
/// <param name="Files">Names of regular files. A hard link is one more name.</param>
/// <param name="Directories">Directories, with the root.</param>
/// <param name="Symlinks">Symbolic links.</param>
/// <param name="Special">Devices, pipes and sockets.</param>
/// <param name="Bytes">The sizes of all files, hard links once.</param>
/// <param name="Extensions">The extension-release files.</param>
/// <param name="OsRelease">The variables of os-release; null when there is none.</param>
/// <param name="Units">The units, sorted.</param>
/// <param name="Largest">The largest files, the largest first.</param>
/// <param name="Privileged">The files that run with others' rights: set-user-ID, set-group-ID, or with capabilities.</param>
public sealed record TreeFacts(
    int Files,
    int Directories,
    int Symlinks,
    int Special,
    long Bytes,
    IReadOnlyList<ExtensionFacts> Extensions,
    IReadOnlyDictionary<string, string>? OsRelease,
    IReadOnlyList<UnitFacts> Units,
    IReadOnlyList<FileFacts> Largest,
    IReadOnlyList<FileFacts> Privileged)
{
    private const int LargestCount = 10;
    private const int SetIdBits = 0xC00;

    /// <summary>Looks through the files of a part.</summary>
    /// <param name="part">The part; it has files.</param>
    /// <param name="stem">The artifact's name without its suffix: an extension is found by it.</param>
    public static TreeFacts Of(ArtifactPart part, string stem)
    {
        ArgumentNullException.ThrowIfNull(part);
        var tree = part.MountedFiles;
        var counts = EntryCounts.Of(part.Files!);
        var bytes = 0L;
        var seen = new HashSet<TreeEntry>(ReferenceEqualityComparer.Instance);
        var files = new List<(TreePath Path, FileEntry Entry)>();
        var privileged = new List<FileFacts>();
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is not FileEntry file)
            {
                continue;
            }

            if (seen.Add(file))
            {
                bytes += file.Content.Length;
                files.Add((path, file));
            }

            if ((file.Metadata.Permissions & SetIdBits) != 0
                || file.Metadata.ExtendedAttributes.Any(attribute => attribute.Name == "security.capability"))
            {
                privileged.Add(FileFacts.Of(path, file));
            }
        }

        // The order of the sort is that of the tree among files of one size.
        var largest = files.OrderByDescending(file => file.Entry.Content.Length).Take(LargestCount).Select(file => FileFacts.Of(file.Path, file.Entry));
        return new TreeFacts(
            counts.Files,
            counts.Directories,
            counts.Symlinks,
            counts.Special,
            bytes,
            ExtensionFacts.Of(tree, stem),
            ReleaseVariables.OfSystem(tree),
            UnitFacts.Of(tree),
            [.. largest],
            privileged);
    }
}

/// <summary>A file of a part.</summary>
/// <param name="Path">Its path in the system.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Mode">Its permissions in octal digits.</param>
/// <param name="HasCapabilities">Whether it has capabilities.</param>
public sealed record FileFacts(string Path, long Size, string Mode, bool HasCapabilities)
{
    internal static FileFacts Of(TreePath path, FileEntry file) => new(
        $"/{path}",
        file.Content.Length,
        Octal(file.Metadata.Permissions),
        file.Metadata.ExtendedAttributes.Any(attribute => attribute.Name == "security.capability"));

    internal static string Octal(ushort permissions) => Convert.ToString(permissions, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);
}
