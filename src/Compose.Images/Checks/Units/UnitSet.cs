using System.Buffers;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>The units of a host that has merged an extension, as its systemd finds them (systemd.unit(5)).</summary>
internal sealed class UnitSet
{
    private readonly CheckedExtension _extension;
    private readonly Dictionary<TreeEntry, UnitFile> _files = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, LoadedUnit> _loaded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> _namesOf;

    /// <summary>Finds the units. Files are read when they are asked for.</summary>
    public UnitSet(CheckedExtension extension)
    {
        _extension = extension;
        Host = extension.Host;
        foreach (var directory in UnitFolders.System.Reverse())
        {
            foreach (var path in Host.Children(directory))
            {
                if (NameOf(path) is { } name && Host.TryGet(path, out var entry, out _) && entry is SymlinkEntry
                    && Host.Resolve(path) is { Entry: FileEntry } item && NameOf(item.Path) is { } target && target != name)
                {
                    _aliases[name] = target;
                }
            }
        }

        _namesOf = _aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal).ToLookup(alias => alias.Value, alias => alias.Key, StringComparer.Ordinal);
        var names = UnitFolders.System.SelectMany(directory => extension.Tree.Children(directory)).ToArray();
        Own = [.. names.Where(item => item.Entry is FileEntry).Select(item => NameOf(item.Path)).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        Changed = [.. names.Where(item => item.Entry is DirectoryEntry)
            .Select(item => NameBefore(item.Path, ".d")).OfType<string>().Except(Own).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>The trees that the units are in, and what else a host has.</summary>
    public MergedTree Host { get; }

    /// <summary>The units that the extension has a file of, by name.</summary>
    public IReadOnlyList<string> Own { get; }

    /// <summary>The other units that the extension has drop-ins of.</summary>
    public IReadOnlyList<string> Changed { get; }

    /// <summary>The unit's name in a path, when it is one.</summary>
    public static string? NameOf(TreePath path) => TreePath.Describe(path.Name) is var name && UnitName.IsValid(name) ? name : null;

    /// <summary>The name of the unit that a folder such as <c>x.service.d</c> is of.</summary>
    public static string? NameBefore(TreePath path, string suffix) =>
        TreePath.Describe(path.Name) is var name && name.EndsWith(suffix, StringComparison.Ordinal) && UnitName.IsValid(name[..^suffix.Length])
            ? name[..^suffix.Length]
            : null;

    /// <summary>Whether the extension that is checked has the file.</summary>
    public bool IsOwn(UnitSource source) => ReferenceEquals(source.Layer.Tree, _extension.Tree);

    /// <summary>The name that stands for a unit's file: an alias is resolved, and an instance without a file is its template.</summary>
    public string Canonical(string name)
    {
        name = _aliases.GetValueOrDefault(name, name);
        var template = UnitName.TemplateOf(name);
        return template == name || HasEntry(name) ? name : _aliases.GetValueOrDefault(template, template);
    }

    /// <summary>Reads a unit and its drop-ins, from whatever layer has them.</summary>
    /// <param name="name">A valid name of a unit.</param>
    public LoadedUnit Load(string name)
    {
        name = Canonical(name);
        if (!_loaded.TryGetValue(name, out var unit))
        {
            var file = UnitFolders.System.Select(directory => directory.Child(name)).Where(path => Host.TryGet(path, out _, out _))
                .Select(path => Host.Resolve(path)).FirstOrDefault();
            var source = file is { } found ? Read(found) : null;
            var hasFile = source is { Entry.Content.Length: > 0 };
            _loaded.Add(name, unit = new LoadedUnit(name, [.. hasFile ? [source!] : Array.Empty<UnitSource>(), .. DropIns(name)], hasFile));
        }

        return unit;
    }

    /// <summary>Reads a file that is a unit or a drop-in, hidden by another layer's or not.</summary>
    public UnitFile Read(FileEntry entry)
    {
        if (!_files.TryGetValue(entry, out var file))
        {
            _files.Add(entry, file = ReadContent(entry.Content));
        }

        return file;
    }

    private static UnitFile ReadContent(FileContent content)
    {
        if (content.Length > UnitFile.MaximumSize)
        {
            return UnitFile.TooLarge(content.Length);
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)content.Length);
        try
        {
            return UnitFile.Parse(buffer.AsSpan(0, content.ReadStart(buffer.AsSpan(0, (int)content.Length))));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool HasEntry(string name) => UnitFolders.System.Any(directory => Host.TryGet(directory.Child(name), out _, out _));

    private UnitSource? Read(MergedItem item) => item.Entry is FileEntry entry ? new(item.Path, entry, item.Layer, Read(entry)) : null;

    /// <summary>The drop-ins: of two with one name that in the folder that counts first, then all by their names.</summary>
    private IEnumerable<UnitSource> DropIns(string name)
    {
        string[] names = [name, .. _namesOf[name]];
        var folders = names.SelectMany(unit => UnitFolders.System.SelectMany(directory => FolderNames(unit).Select(folder => directory.Child(folder))))
            .Concat(UnitFolders.System.Select(directory => directory.Child($"{UnitName.TypeOf(name)}.d")));
        var files = new SortedDictionary<string, MergedItem?>(StringComparer.Ordinal);
        foreach (var path in folders.SelectMany(Host.Children))
        {
            if (path.Name.EndsWith(".conf"u8))
            {
                // What leads nowhere, as a link to /dev/null does, hides a file of that name.
                files.TryAdd(TreePath.Describe(path.Name), Host.Resolve(path));
            }
        }

        return files.Values.OfType<MergedItem>().Select(Read).OfType<UnitSource>();
    }

    /// <summary>The folders of a unit's drop-ins: of itself, of what its name begins with up to a dash, and of its template.</summary>
    private static IEnumerable<string> FolderNames(string name)
    {
        yield return $"{name}.d";
        var type = UnitName.TypeOf(name);
        var stem = name[..^(type.Length + 1)];
        for (var dash = stem.LastIndexOf('-'); dash > 0; dash = stem.LastIndexOf('-', dash - 1))
        {
            if (dash < stem.Length - 1)
            {
                yield return $"{stem[..(dash + 1)]}.{type}.d";
            }
        }

        if (UnitName.TemplateOf(name) is var template && template != name)
        {
            foreach (var folder in FolderNames(template))
            {
                yield return folder;
            }
        }
    }
}
