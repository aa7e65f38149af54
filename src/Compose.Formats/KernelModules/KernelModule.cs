using Compose.FileTrees;

namespace Compose.Formats.KernelModules;

/// <summary>A kernel module as its file describes it.</summary>
/// <param name="Name">The name with underscores, as the kernel calls it.</param>
/// <param name="Path">The path below <c>usr/lib/modules/RELEASE</c>.</param>
/// <param name="File">The file, compressed or not.</param>
public sealed record KernelModule(string Name, TreePath Path, FileEntry File)
{
    /// <summary>The entries of <c>.modinfo</c> in their order: keys such as <c>alias</c>, <c>softdep</c>, <c>firmware</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Information { get; init; } = [];

    /// <summary>The symbols that other modules can use, in ordinal order.</summary>
    public IReadOnlyList<string> ExportedSymbols { get; init; } = [];

    /// <summary>The symbols that the kernel or other modules must provide, in ordinal order.</summary>
    public IReadOnlyList<string> UndefinedSymbols { get; init; } = [];

    /// <summary>The values of a key of <see cref="Information"/>, in their order.</summary>
    public IEnumerable<string> Values(string key) =>
        Information.Where(entry => entry.Key == key).Select(entry => entry.Value);

    /// <summary>The name as the kernel spells it: dashes become underscores.</summary>
    public static string NormalizeName(string name) => name.Replace('-', '_');
}
