using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>A library that a file needs and that was not found.</summary>
/// <param name="Needing">The file.</param>
/// <param name="Library">The name of DT_NEEDED.</param>
internal sealed record MissingLibrary(LinkedObject Needing, string Library);

/// <summary>
/// All that ld.so loads for a program, in its order: what the program needs, then what these need. A name that was met before
/// stands for what it stood for then.
/// </summary>
internal sealed class LinkMap
{
    private readonly LibrarySearch _search;
    private readonly Processor _processor;
    private readonly List<LinkedObject> _objects = [];
    private readonly Dictionary<string, LinkedObject> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<TreeEntry, LinkedObject> _byEntry = new(ReferenceEqualityComparer.Instance);
    private readonly List<MissingLibrary> _missingLibraries = [];

    private LinkMap(LibrarySearch search, Processor processor)
    {
        _search = search;
        _processor = processor;
    }

    /// <summary>What is loaded, the program first.</summary>
    public IReadOnlyList<LinkedObject> Objects => _objects;

    /// <summary>The libraries that were not found.</summary>
    public IReadOnlyList<MissingLibrary> MissingLibraries => _missingLibraries;

    /// <summary>Follows what a program needs to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="linker">The dynamic linker, which is loaded already.</param>
    /// <param name="search">Where libraries are looked for.</param>
    /// <param name="processor">The program's processor.</param>
    /// <exception cref="InvalidDataException">The search takes too long.</exception>
    public static LinkMap OfProgram(LinkedObject program, LinkedObject? linker, LibrarySearch search, Processor processor)
    {
        var map = new LinkMap(search, processor);
        map.Add(program, null);
        if (linker is not null)
        {
            map.Name(linker, linker.Path);
        }

        for (var i = 0; i < map._objects.Count; i++)
        {
            map.LoadNeeded(map._objects[i]);
        }

        return map;
    }

    /// <summary>Looks for what a library needs itself, where no program is known that loads it.</summary>
    /// <inheritdoc cref="OfProgram"/>
    public static LinkMap OfLibrary(LinkedObject library, LibrarySearch search, Processor processor)
    {
        var map = new LinkMap(search, processor);
        map.Add(library, null);
        map.LoadNeeded(library);
        return map;
    }

    /// <summary>What a name stands for in this program; null when nothing of it was loaded.</summary>
    public LinkedObject? Named(string library) => _byName.GetValueOrDefault(library);

    private void LoadNeeded(LinkedObject file)
    {
        foreach (var name in file.Linking.Needed)
        {
            _search.CountNeed();
            if (_byName.ContainsKey(name))
            {
                continue;
            }

            if (_search.Find(name, file, _objects[0], _processor) is not { } found)
            {
                _missingLibraries.Add(new MissingLibrary(file, name));
            }
            else if (_byEntry.TryGetValue(found.Item.Entry, out var known))
            {
                _byName.Add(name, known);
            }
            else
            {
                Add(new LinkedObject(found.Item, found.Path, found.Linking, file), name);
            }
        }
    }

    private void Add(LinkedObject file, string? name)
    {
        _objects.Add(file);
        _byEntry.Add(file.Item.Entry, file);
        Name(file, name);
    }

    /// <summary>The names by which a loaded file is known: the one it was asked for, its path, and its own.</summary>
    private void Name(LinkedObject file, string? name)
    {
        foreach (var known in (ReadOnlySpan<string?>)[name, file.Path, file.Linking.SharedObjectName])
        {
            if (known is not null)
            {
                _byName.TryAdd(known, file);
            }
        }
    }
}
