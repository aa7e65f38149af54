using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Images.Trees;

namespace Compose.Images.Torcx;

/// <summary>Puts the files of a torcx archive where they were placed, and frees them from torcx.</summary>
/// <param name="placement">Where they go.</param>
/// <param name="image">The image's name in torcx.</param>
/// <param name="name">The archive's name for messages.</param>
/// <param name="reporter">Told of what is left over of torcx.</param>
internal sealed class TorcxTree(TorcxPlacement placement, string image, string name, IDiagnosticReporter reporter)
{
    private const int MaximumUnit = 1024 * 1024;
    private const string WantsSuffix = ".wants";

    private static readonly SearchValues<byte> s_unitCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@"u8);

    private readonly FileTreeBuilder _builder = new();
    private readonly Dictionary<TreeEntry, TreeEntry> _units = new(ReferenceEqualityComparer.Instance);

    /// <summary>Makes the tree.</summary>
    /// <exception cref="DiagnosticException">The files do not form one.</exception>
    public FileTree Build()
    {
        var archive = placement.Archive;
        foreach (var (path, place) in placement.Files.OrderBy(file => file.Value))
        {
            archive.TryGet(path, out var entry);
            Add(path, place, entry!);
        }

        foreach (var (link, archived) in placement.ProgramLinks)
        {
            _builder.Set(link, new SymlinkEntry("/" + placement.PlaceOf(archived)));
        }

        AddDirectories(archive);
        return TreeConflicts.Guard($"'{name}'", _builder.Build);
    }

    private void Add(TreePath path, TreePath place, TreeEntry entry)
    {
        if (place.Parent.Parent == TorcxPlaces.Units && place.Parent.Name.EndsWith(".wants"u8) && entry is SymlinkEntry)
        {
            AddUpholds(place);
        }
        else if (entry is FileEntry file && place.IsWithin(TorcxPlaces.Units))
        {
            _builder.Set(place, Unit(file, place));
        }
        else
        {
            _builder.Set(place, entry is SymlinkEntry link ? Retarget(link, path, place) : entry);
        }
    }

    /// <summary>A link for <c>systemctl enable</c> has no effect on a target that runs already; <c>Upholds=</c> has.</summary>
    private void AddUpholds(TreePath place)
    {
        var target = place.Parent.Name[..^WantsSuffix.Length];
        if (target.IsEmpty || target.ContainsAnyExcept(s_unitCharacters) || place.Name.ContainsAnyExcept(s_unitCharacters))
        {
            throw TorcxManifest.Bad(name, $"'/{place}' is not named like a unit");
        }

        var unit = Encoding.ASCII.GetString(place.Name);
        var dropIn = TorcxPlaces.Units.Child(Encoding.ASCII.GetString(target) + ".d").Child($"10-{unit.Replace('.', '-')}.conf");
        _builder.Set(dropIn, new FileEntry(EntryMetadata.File, new BytesContent($"[Unit]\nUpholds={unit}\n")));
    }

    private TreeEntry Unit(FileEntry file, TreePath place)
    {
        if (_units.TryGetValue(file, out var known))
        {
            return known;
        }

        var bytes = new byte[Math.Min(file.Content.Length, MaximumUnit)];
        var length = file.Content.ReadStart(bytes);
        if (file.Content.Length > MaximumUnit || length < bytes.Length)
        {
            throw TorcxManifest.Bad(name, $"the unit '/{place}' has more than the {MaximumUnit} bytes that are allowed");
        }

        var converted = new TorcxUnit(image, placement.PlaceOf).Convert(bytes, out var leftOver);
        if (leftOver.Count > 0)
        {
            reporter.Report(TorcxDiagnostics.LeftOverVariable.Create(
                $"'/{place}' of '{name}' still names {string.Join(", ", leftOver)}, which an extension does not have. Overwrite the unit in files/{place}.",
                name));
        }

        var entry = converted.AsSpan().SequenceEqual(bytes) ? file : new FileEntry(file.Metadata, new BytesContent(converted));
        _units.Add(file, entry);
        return entry;
    }

    /// <summary>A link that leads to a file of the archive leads there still.</summary>
    private SymlinkEntry Retarget(SymlinkEntry link, TreePath path, TreePath place)
    {
        var target = Follow(path.Parent, link.Target.Span);
        if (target is not { } archived || !placement.Archive.Contains(archived))
        {
            return link;
        }

        var destination = placement.PlaceOf(archived);
        return link.Target.Span is not [(byte)'/', ..] && Follow(place.Parent, link.Target.Span) == destination
            ? link
            : new SymlinkEntry(link.Metadata, (byte[])[(byte)'/', .. destination.Bytes]);
    }

    /// <summary>Where a link's text leads, by its names alone; null for outside.</summary>
    private static TreePath? Follow(TreePath directory, ReadOnlySpan<byte> target)
    {
        if (target.Contains((byte)0))
        {
            return null;
        }

        // One path that changes: a hostile text has thousands of names.
        List<byte> path = target is [(byte)'/', ..] ? [] : [.. directory.Bytes];
        foreach (var range in target.Split((byte)'/'))
        {
            var part = target[range];
            if (part.SequenceEqual(".."u8))
            {
                if (path.Count == 0)
                {
                    return null;
                }

                var end = Math.Max(0, path.LastIndexOf((byte)'/'));
                path.RemoveRange(end, path.Count - end);
            }
            else if (!part.IsEmpty && !part.SequenceEqual("."u8))
            {
                path.AddRange("/"u8[..(path.Count > 0 ? 1 : 0)]);
                path.AddRange(part);
            }
        }

        return TreePath.TryParse(CollectionsMarshal.AsSpan(path), out var found) ? found : null;
    }

    /// <summary>Directories keep what they are where they have a place: those that files stand in, and those that were empty.</summary>
    private void AddDirectories(FileTree archive)
    {
        var filled = new HashSet<TreePath>();
        foreach (var place in placement.Files.Values.Concat(placement.ProgramLinks.Select(link => link.Link)))
        {
            for (var parent = place.Parent; filled.Add(parent) && !parent.IsRoot; parent = parent.Parent)
            {
            }
        }

        for (var i = 1; i < archive.Count; i++)
        {
            var (path, entry) = archive[i];
            if (entry is DirectoryEntry && !path.IsWithin(TorcxManifest.Directory))
            {
                var place = placement.PlaceOf(path);
                var isEmpty = archive.EndOfSubtree(i) == i + 1;
                if ((isEmpty || filled.Contains(place)) && _builder[place] is null)
                {
                    _builder.Set(place, entry);
                }
            }
        }
    }
}
