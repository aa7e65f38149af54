using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>The folders that ld.so searches for every file of one processor.</summary>
/// <param name="Own">The folders that it was built with, and searches for itself.</param>
/// <param name="Cached">Folders of which it knows only what its cache has: the base's, as nothing makes the cache anew after a merge.</param>
/// <param name="LibraryFolder">What <c>$LIB</c> stands for.</param>
internal sealed record LibraryFolders(IReadOnlyList<string> Own, IReadOnlyList<string> Cached, string LibraryFolder)
{
    /// <summary>The folders on a host. Debian's C library has other ones than those of other distributions.</summary>
    /// <param name="tree">All that is merged.</param>
    /// <param name="processor">The processor.</param>
    /// <param name="hasBase">Whether the base is known. If not, all folders are taken that may be searched.</param>
    public static LibraryFolders Of(MergedTree tree, Processor processor, bool hasBase)
    {
        var multiarch = $"lib/{processor.Multiarch}";
        string[] debian = [$"/{multiarch}", $"/usr/{multiarch}", "/lib", "/usr/lib"];
        string[] others = [$"/{processor.LibraryFolder}", $"/usr/{processor.LibraryFolder}"];
        if (!hasBase)
        {
            return new([.. debian, .. others], [], multiarch);
        }

        var cached = LinkerConfiguration.FoldersOf(tree);
        return tree.Resolve(Encoding.ASCII.GetBytes($"usr/{multiarch}/libc.so.6")) is { Entry: FileEntry }
            ? new(debian, cached, multiarch)
            : new(others, cached.Count == 0 ? [] : [.. cached, "/lib", "/usr/lib"], processor.LibraryFolder);
    }
}
