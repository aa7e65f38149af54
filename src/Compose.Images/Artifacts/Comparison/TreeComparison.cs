using Compose.FileTrees;
using Compose.Images.Artifacts.Inspection;

namespace Compose.Images.Artifacts.Comparison;

/// <summary>A path at which two trees differ.</summary>
/// <param name="Path">The path.</param>
/// <param name="Old">What stood there; null for nothing.</param>
/// <param name="New">What stands there; null for nothing.</param>
internal readonly record struct TreeDifference(TreePath Path, TreeEntry? Old, TreeEntry? New)
{
    /// <summary>Where the new file stood before, when it was moved.</summary>
    public TreePath? MovedFrom { get; init; }
}

/// <summary>Compares two trees by path, and contents by digest. Times do not count.</summary>
internal sealed class TreeComparison
{
    private readonly ContentDigests _digests;
    private readonly List<TreeDifference> _differences = [];

    private TreeComparison(ContentDigests digests) => _digests = digests;

    /// <summary>Finds what differs.</summary>
    /// <param name="old">The old tree.</param>
    /// <param name="new">The new tree.</param>
    /// <param name="digests">Computes the digests of contents that only they tell apart.</param>
    /// <returns>The paths in order; a moved file at its new one.</returns>
    public static IReadOnlyList<TreeDifference> Compare(FileTree old, FileTree @new, ContentDigests digests)
    {
        var comparison = new TreeComparison(digests);
        var pairs = Pair(old, @new);

        // Contents of one size are compared by digest, all in one go.
        digests.Compute(pairs.SelectMany(pair => FilesToCompare(pair.Old, pair.New)));
        comparison._differences.AddRange(pairs.Where(pair => pair.Old is null || pair.New is null || comparison.Differences(pair.Old, pair.New).Any()));
        comparison.FindMoves();
        return comparison._differences;
    }

    /// <summary>What is different of two entries, in words.</summary>
    public IEnumerable<string> Differences(TreeEntry old, TreeEntry @new) => Differences(old, @new, _digests);

    /// <inheritdoc cref="Differences(TreeEntry, TreeEntry)"/>
    public static IEnumerable<string> Differences(TreeEntry old, TreeEntry @new, ContentDigests digests)
    {
        if (EntryDescription.Kind(old) != EntryDescription.Kind(@new))
        {
            yield return "kind";
        }

        if (old.Metadata.Permissions != @new.Metadata.Permissions && old is not SymlinkEntry)
        {
            yield return "mode";
        }

        if (old.Metadata.UserId != @new.Metadata.UserId || old.Metadata.GroupId != @new.Metadata.GroupId)
        {
            yield return "owner";
        }

        if (!old.Metadata.ExtendedAttributes.Equals(@new.Metadata.ExtendedAttributes))
        {
            yield return "attributes";
        }

        switch (old, @new)
        {
            case (FileEntry a, FileEntry b) when a.Content.Length != b.Content.Length:
                yield return "size";
                yield return "content";
                break;
            case (FileEntry a, FileEntry b) when !ReferenceEquals(a, b) && a.Content.Length > 0 && digests.Find(a) != digests.Find(b):
                yield return "content";
                break;
            case (SymlinkEntry a, SymlinkEntry b) when !a.Target.Span.SequenceEqual(b.Target.Span):
                yield return "target";
                break;
            case (DeviceEntry a, DeviceEntry b) when (a.Kind, a.Major, a.Minor) != (b.Kind, b.Major, b.Minor):
                yield return "device";
                break;
        }
    }

    private static List<TreeDifference> Pair(FileTree old, FileTree @new)
    {
        var pairs = new List<TreeDifference>();
        for (int o = 0, n = 0; o < old.Count || n < @new.Count;)
        {
            var order = o == old.Count ? 1 : n == @new.Count ? -1 : old[o].Path.CompareTo(@new[n].Path);
            pairs.Add(new TreeDifference(
                order <= 0 ? old[o].Path : @new[n].Path, order <= 0 ? old[o].Entry : null, order >= 0 ? @new[n].Entry : null));
            o += order <= 0 ? 1 : 0;
            n += order >= 0 ? 1 : 0;
        }

        return pairs;
    }

    private static IEnumerable<FileEntry> FilesToCompare(TreeEntry? old, TreeEntry? @new) =>
        old is FileEntry a && @new is FileEntry b && !ReferenceEquals(a, b) && a.Content.Length == b.Content.Length && a.Content.Length > 0
            ? [a, b]
            : [];

    /// <summary>A file that is gone and a new one of the same content are one that was moved.</summary>
    private void FindMoves()
    {
        var removed = Files(difference => difference.New is null ? difference.Old : null);
        var added = Files(difference => difference.Old is null ? difference.New : null);
        var sizes = removed.Select(file => file.Entry.Content.Length).Intersect(added.Select(file => file.Entry.Content.Length)).ToHashSet();
        _digests.Compute(removed.Concat(added).Select(file => file.Entry).Where(file => sizes.Contains(file.Content.Length)));

        var sources = removed.Where(file => sizes.Contains(file.Entry.Content.Length)).ToLookup(file => _digests.Find(file.Entry)!.Value);
        var taken = new HashSet<int>();
        var moves = new Dictionary<int, int>();
        foreach (var target in added.Where(file => sizes.Contains(file.Entry.Content.Length)))
        {
            // Of several with this content, one of the same name.
            var candidates = sources[_digests.Find(target.Entry)!.Value].Where(source => !taken.Contains(source.Index)).ToArray();
            if (candidates.Length > 0)
            {
                var name = _differences[target.Index].Path.Name.ToArray();
                var source = candidates.FirstOrDefault(candidate => _differences[candidate.Index].Path.Name.SequenceEqual(name), candidates[0]);
                taken.Add(source.Index);
                moves.Add(target.Index, source.Index);
            }
        }

        var result = new List<TreeDifference>(_differences.Count);
        for (var i = 0; i < _differences.Count; i++)
        {
            if (moves.TryGetValue(i, out var source))
            {
                result.Add(_differences[i] with { Old = _differences[source].Old, MovedFrom = _differences[source].Path });
            }
            else if (!taken.Contains(i))
            {
                result.Add(_differences[i]);
            }
        }

        _differences.Clear();
        _differences.AddRange(result);
    }

    /// <summary>The files that only one tree has. What is empty has nothing to be known by.</summary>
    private List<(int Index, FileEntry Entry)> Files(Func<TreeDifference, TreeEntry?> choose)
    {
        var files = new List<(int, FileEntry)>();
        for (var i = 0; i < _differences.Count; i++)
        {
            if (choose(_differences[i]) is FileEntry { Content.Length: > 0 } file)
            {
                files.Add((i, file));
            }
        }

        return files;
    }
}

/// <summary>Entries as facts.</summary>
internal static class EntryDescription
{
    public static string Kind(TreeEntry entry) => entry switch
    {
        FileEntry => "file",
        DirectoryEntry => "directory",
        SymlinkEntry => "symlink",
        DeviceEntry => "device",
        FifoEntry => "pipe",
        _ => "socket",
    };

    public static EntryFacts Describe(TreeEntry entry, ContentDigests digests) => new(
        Kind(entry),
        FileFacts.Octal(entry.Metadata.Permissions),
        entry.Metadata.UserId,
        entry.Metadata.GroupId,
        entry is FileEntry file ? file.Content.Length : 0,
        entry is SymlinkEntry link ? TreePath.Describe(link.Target.Span) : null,
        entry is FileEntry content ? digests.Find(content)?.ToString() : null);
}
