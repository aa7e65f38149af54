using System.Globalization;
using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>Versions that a file needs and that the library which is loaded for it does not have.</summary>
/// <param name="Needing">The file.</param>
/// <param name="Library">The library.</param>
/// <param name="Versions">The versions, in the file's order.</param>
internal sealed record MissingVersions(LinkedObject Needing, LinkedObject Library, IReadOnlyList<ElfNeededVersion> Versions);

/// <summary>Compares the versions that files need with those that libraries have, once for each two.</summary>
internal sealed class SymbolVersions
{
    private readonly Dictionary<TreeEntry, string[]> _libraries = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(TreeEntry Needing, TreeEntry Library), ElfNeededVersion[]> _missing = [];

    /// <summary>What a file needs of the libraries that were loaded, and they lack.</summary>
    public IEnumerable<MissingVersions> MissingOf(LinkedObject file, LinkMap loaded)
    {
        if (!_libraries.TryGetValue(file.Item.Entry, out var names))
        {
            names = [.. file.Linking.NeededVersions.Select(version => version.Library).Distinct(StringComparer.Ordinal)];
            _libraries.Add(file.Item.Entry, names);
        }

        foreach (var name in names)
        {
            if (loaded.Named(name) is { } library && Missing(file, library, name) is { Length: > 0 } missing)
            {
                yield return new MissingVersions(file, library, missing);
            }
        }
    }

    /// <summary>
    /// The newest versions that a library has of the kinds that are missing: <c>GLIBC_2.36</c> where <c>GLIBC_2.38</c> is.
    /// All of them where none is of such a kind.
    /// </summary>
    public static IReadOnlyList<string> Newest(IReadOnlyList<string> defined, IEnumerable<string> missing)
    {
        const int Shown = 5;
        string[] newest =
        [
            .. missing.Select(Kind).Distinct(StringComparer.Ordinal)
                .Select(kind => defined.Where(version => Kind(version) == kind && Numbers(version).Length > 0).MaxBy(Numbers, NumberComparer.Instance))
                .OfType<string>(),
        ];
        return newest.Length > 0 ? newest : [.. defined.Take(Shown)];
    }

    private ElfNeededVersion[] Missing(LinkedObject file, LinkedObject library, string name)
    {
        var key = (file.Item.Entry, library.Item.Entry);
        if (!_missing.TryGetValue(key, out var missing))
        {
            // Symbols that could have a version and have none are good for each; where none could have one, ld.so gives up.
            var defined = library.Linking.DefinedVersions.ToHashSet(StringComparer.Ordinal);
            var isGoodForEach = defined.Count == 0 && library.Linking.HasSymbolVersions;
            missing = isGoodForEach
                ? []
                : [.. file.Linking.NeededVersions.Where(version => !version.IsWeak && version.Library == name && !defined.Contains(version.Name))];
            _missing.Add(key, missing);
        }

        return missing;
    }

    /// <summary>What stands before the number: <c>GLIBCXX</c> of <c>GLIBCXX_3.4.32</c>.</summary>
    private static string Kind(string version) => version[..Math.Max(0, version.LastIndexOf('_'))];

    /// <summary>The number's parts; none where it is no number, as in <c>GLIBC_PRIVATE</c>.</summary>
    private static int[] Numbers(string version)
    {
        var parts = version[(version.LastIndexOf('_') + 1)..].Split('.');
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return [];
            }
        }

        return numbers;
    }

    private sealed class NumberComparer : IComparer<int[]>
    {
        public static readonly NumberComparer Instance = new();

        public int Compare(int[]? x, int[]? y) => x.AsSpan().SequenceCompareTo(y.AsSpan());
    }
}
