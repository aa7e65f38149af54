using System.Buffers;
using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>Where files with the name of a library are, in folders of all kinds. It is made when something is missing.</summary>
internal sealed class LibraryNames(CheckedExtension extension)
{
    private static readonly SearchValues<byte> VersionBytes = SearchValues.Create("0123456789."u8);

    private Dictionary<string, MergedItem>? _extensions;
    private HashSet<string>? _base;
    private Dictionary<string, TreePath>? _configured;

    /// <summary>A file of the name in the extension or one that it references; the first by layer and path.</summary>
    public MergedItem? InExtensions(string name)
    {
        if (_extensions is null)
        {
            _extensions = new(StringComparer.Ordinal);
            foreach (var layer in extension.Merged.Layers.Take(1 + extension.References.Count))
            {
                foreach (var (path, entry) in layer.Tree.Items)
                {
                    if (entry is FileEntry or SymlinkEntry && IsLibrary(path.Name))
                    {
                        _extensions.TryAdd(Encoding.Latin1.GetString(path.Name), new MergedItem(path, entry, layer));
                    }
                }
            }
        }

        return _extensions.TryGetValue(BaseName(name), out var found) ? found : null;
    }

    /// <summary>Whether a file of the name is anywhere, in the base too.</summary>
    public bool IsAnywhere(string name)
    {
        _base ??= (extension.BaseTree ?? FileTree.Empty)
            .Where(item => item.Entry is FileEntry or SymlinkEntry && IsLibrary(item.Path.Name))
            .Select(item => Encoding.Latin1.GetString(item.Path.Name))
            .ToHashSet(StringComparer.Ordinal);
        return InExtensions(name) is not null || _base.Contains(BaseName(name));
    }

    /// <summary>The file of the extension that names a folder for ldconfig(8), which nothing runs after a merge.</summary>
    public TreePath? ConfigurationOf(TreePath folder)
    {
        if (_configured is null)
        {
            _configured = new(StringComparer.Ordinal);
            foreach (var (path, entry) in extension.Tree.Items)
            {
                if (entry is FileEntry file && ElfName.Of(path.Parent).EndsWith("/etc/ld.so.conf.d", StringComparison.Ordinal))
                {
                    foreach (var named in LinkerConfiguration.Lines(file.Content).SelectMany(LinkerConfiguration.Folders))
                    {
                        _configured.TryAdd(named, path);
                    }
                }
            }
        }

        return _configured.TryGetValue(ElfName.Of(folder), out var found) ? found : null;
    }

    /// <summary>Whether a name is that of a shared object: <c>libx.so</c>, <c>libx.so.1.2</c>.</summary>
    public static bool IsLibrary(ReadOnlySpan<byte> name)
    {
        var suffix = name.LastIndexOf(".so"u8);
        return suffix > 0 && name[(suffix + 3)..].IndexOfAnyExcept(VersionBytes) < 0;
    }

    private static string BaseName(string name) => name[(name.LastIndexOf('/') + 1)..];
}
