using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Artifacts.Comparison;

/// <summary>
/// Compares what libraries and programs offer and need. Only files that differ are read: a library that was replaced by one
/// of the same DT_SONAME is compared with it, whatever its file is called.
/// </summary>
internal sealed class LibraryComparison
{
    /// <summary>A file is read into memory whole. Larger ones are programs with data, and offer nothing.</summary>
    private const long MaximumFileSize = 512L * 1024 * 1024;

    private const int SharedObject = 3;

    private readonly SortedDictionary<string, Library> _libraries = new(StringComparer.Ordinal);

    /// <summary>Compares the files of both sides.</summary>
    public static LibraryComparison Of(IEnumerable<TreeDifference> differences, CancellationToken cancellationToken)
    {
        var comparison = new LibraryComparison();
        foreach (var difference in differences)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // What was moved is the same as before.
            if (difference.MovedFrom is null)
            {
                comparison.Add(difference.Path, difference.Old, isOld: true);
                comparison.Add(difference.Path, difference.New, isOld: false);
            }
        }

        return comparison;
    }

    /// <summary>The names of libraries that only one side has, sorted.</summary>
    public IReadOnlyList<string> Sonames(bool lost) =>
        [.. _libraries.Where(library => library.Value.IsNamed && library.Value.IsOnly(isOld: lost)).Select(library => library.Key)];

    /// <summary>What both sides have and is not the same, sorted.</summary>
    public IReadOnlyList<LibraryChange> Changes()
    {
        var changes = new List<LibraryChange>();
        foreach (var (name, library) in _libraries)
        {
            var change = new LibraryChange(
                name,
                [.. library.NewExports.Except(library.OldExports, StringComparer.Ordinal)],
                [.. library.OldExports.Except(library.NewExports, StringComparer.Ordinal)],
                [.. library.NewNeeded.Except(library.OldNeeded, StringComparer.Ordinal)],
                [.. library.OldNeeded.Except(library.NewNeeded, StringComparer.Ordinal)]);
            if (!library.IsOnly(isOld: true) && !library.IsOnly(isOld: false)
                && change.ExportsGained.Count + change.ExportsLost.Count + change.NeededGained.Count + change.NeededLost.Count > 0)
            {
                changes.Add(change);
            }
        }

        return changes;
    }

    private void Add(TreePath path, TreeEntry? entry, bool isOld)
    {
        if (entry is not FileEntry { Content.Length: > 64 and <= MaximumFileSize } file || !StartsLikeElf(file))
        {
            return;
        }

        try
        {
            var bytes = new byte[file.Content.Length];
            using (var stream = file.Content.OpenRead())
            {
                stream.ReadExactly(bytes);
            }

            var elf = ElfFile.Parse(bytes);
            var linking = ElfDynamicReader.Read(new BytesContent(bytes));
            var exports = elf.Type == SharedObject ? elf.DynamicSymbols().Where(symbol => symbol.IsExported).Select(symbol => symbol.ToString()) : [];
            Add(path, linking, exports, isOld);
        }
        catch (InvalidDataException)
        {
            // It is no library that a linker could use; that it differs is told anyway.
        }
    }

    private void Add(TreePath path, ElfDynamicLinking linking, IEnumerable<string> exports, bool isOld)
    {
        var name = TreeText.Printable(linking.SharedObjectName ?? $"/{path}");
        if (!_libraries.TryGetValue(name, out var library))
        {
            _libraries.Add(name, library = new Library { IsNamed = linking.SharedObjectName is not null });
        }

        library.Mark(isOld);
        (isOld ? library.OldExports : library.NewExports).UnionWith(exports.Select(TreeText.Printable));
        (isOld ? library.OldNeeded : library.NewNeeded).UnionWith(linking.Needed.Select(TreeText.Printable));
    }

    private static bool StartsLikeElf(FileEntry file)
    {
        Span<byte> start = stackalloc byte[4];
        return file.Content.ReadStart(start) == start.Length && ElfFile.IsElf(start);
    }

    private sealed class Library
    {
        private bool _isOld;
        private bool _isNew;

        public required bool IsNamed { get; init; }

        public SortedSet<string> OldExports { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> NewExports { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> OldNeeded { get; } = new(StringComparer.Ordinal);

        public SortedSet<string> NewNeeded { get; } = new(StringComparer.Ordinal);

        public void Mark(bool isOld)
        {
            _isOld |= isOld;
            _isNew |= !isOld;
        }

        public bool IsOnly(bool isOld) => isOld ? _isOld && !_isNew : _isNew && !_isOld;
    }
}
