using Compose.FileTrees;

namespace Compose.Formats.KernelModules;

/// <summary>
/// What is built into a kernel: the names in <c>modules.builtin</c>, and their <c>.modinfo</c> in
/// <c>modules.builtin.modinfo</c>, whose entries are <c>NAME.KEY=VALUE</c>.
/// </summary>
internal sealed class BuiltInModules
{
    private readonly HashSet<string> _namesAndAliases;

    private BuiltInModules(IReadOnlyList<string> names, IReadOnlyList<(string Alias, string Name)> aliases)
    {
        Names = names;
        Aliases = aliases;
        _namesAndAliases = new HashSet<string>(names.Concat(aliases.Select(alias => KernelModule.NormalizeName(alias.Alias))), StringComparer.Ordinal);
    }

    /// <summary>The modules' names in the order of the file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The aliases as they are written, in the order of the file.</summary>
    public IReadOnlyList<(string Alias, string Name)> Aliases { get; }

    public static BuiltInModules Read(FileTree tree, TreePath root)
    {
        var names = KernelModuleSet.ReadLines(tree, root.Child("modules.builtin"))
            .Select(line => KernelModuleReader.NameOf(System.Text.Encoding.Latin1.GetBytes(line[(line.LastIndexOf('/') + 1)..])))
            .Distinct(StringComparer.Ordinal);
        return new BuiltInModules([.. names], [.. ReadAliases(tree, root.Child("modules.builtin.modinfo"))]);
    }

    /// <summary>Whether a name or an alias, with underscores, is of a built-in module.</summary>
    public bool Provides(string name) => _namesAndAliases.Contains(name);

    private static IEnumerable<(string Alias, string Name)> ReadAliases(FileTree tree, TreePath path)
    {
        const string Key = ".alias=";

        if (!tree.TryGet(path, out var entry) || entry is not FileEntry file)
        {
            yield break;
        }

        using var stream = file.Content.OpenRead();
        var bytes = new byte[file.Content.Length];
        stream.ReadExactly(bytes);
        foreach (var text in KernelModuleReader.Strings(bytes))
        {
            var dot = text.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && string.CompareOrdinal(text, dot, Key, 0, Key.Length) == 0)
            {
                yield return (text[(dot + Key.Length)..], KernelModule.NormalizeName(text[..dot]));
            }
        }
    }
}
