using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Checks.Executables;

/// <summary>The folders of the base that ld.so knows through its cache (ldconfig(8), <c>/etc/ld.so.conf</c>).</summary>
internal sealed class LinkerConfiguration
{
    private const int MaximumFiles = 256;
    private const int MaximumSize = 64 * 1024;

    private static readonly char[] Separators = [' ', '\t', '\r', ':', ','];

    private readonly MergedTree _tree;
    private readonly HashSet<TreePath> _read = [];
    private readonly List<string> _folders = [];

    private LinkerConfiguration(MergedTree tree) => _tree = tree;

    /// <summary>
    /// The folders. None when the base neither has a cache nor makes one at boot: then ld.so knows no folder but its own.
    /// </summary>
    public static IReadOnlyList<string> FoldersOf(MergedTree tree)
    {
        var makesCache = OfBase(tree, "usr/lib/systemd/system/ldconfig.service") is not null
            && !(tree.TryGet(TreePath.Parse("etc/systemd/system/ldconfig.service"), out var entry, out _) && entry is SymlinkEntry);
        if (!makesCache && OfBase(tree, "etc/ld.so.cache") is null)
        {
            return [];
        }

        var configuration = new LinkerConfiguration(tree);
        configuration.Read(TreePath.Parse("etc/ld.so.conf"));
        return configuration._folders;
    }

    /// <summary>The lines of a file of this kind that say something, and the folder of each that names one.</summary>
    public static IEnumerable<string> Lines(FileContent content)
    {
        var bytes = new byte[Math.Min(content.Length, MaximumSize)];
        return Encoding.Latin1.GetString(bytes.AsSpan(0, content.ReadStart(bytes))).Split('\n')
            .Select(line => line.Split('#')[0].Trim())
            .Where(line => line.Length > 0);
    }

    /// <summary>The folders that a line names; behind <c>=</c> a line may say for which C library.</summary>
    public static IEnumerable<string> Folders(string line) =>
        line.Split(Separators, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => folder.Split('=')[0].TrimEnd('/'))
            .Where(folder => folder.StartsWith('/'));

    private static FileContent? OfBase(MergedTree tree, string path) =>
        tree.Resolve(TreePath.Parse(path)) is { Entry: FileEntry file, Layer.Name: MergedLayer.BaseName } ? file.Content : null;

    private void Read(TreePath path)
    {
        if (_read.Count == MaximumFiles || !_read.Add(path) || _tree.Resolve(path) is not { Entry: FileEntry file, Layer.Name: MergedLayer.BaseName })
        {
            return;
        }

        foreach (var line in Lines(file.Content))
        {
            if (line.Split([' ', '\t'], 2) is ["include", var patterns])
            {
                foreach (var pattern in patterns.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                {
                    Include(pattern.StartsWith('/') ? pattern : $"{ElfName.Of(path.Parent)}/{pattern}");
                }
            }
            else if (!line.StartsWith("hwcap ", StringComparison.Ordinal))
            {
                _folders.AddRange(Folders(line));
            }
        }
    }

    /// <summary>Reads the files that a pattern names, which has wildcards in its last part only.</summary>
    private void Include(string pattern)
    {
        var slash = pattern.LastIndexOf('/');
        if (_tree.Resolve(ElfName.Bytes(pattern[..slash])) is not { Entry: DirectoryEntry } folder)
        {
            return;
        }

        try
        {
            var names = new Glob(pattern[(slash + 1)..]);
            foreach (var child in _tree.Children(folder.Path).Where(child => names.Matches(child.RelativeTo(folder.Path))))
            {
                Read(child);
            }
        }
        catch (FormatException)
        {
            // ldconfig includes nothing then either.
        }
    }
}
