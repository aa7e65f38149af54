using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>A library that a search came to.</summary>
/// <param name="Item">The file.</param>
/// <param name="Path">The folder that was searched, with the name.</param>
/// <param name="Linking">What it needs and offers.</param>
internal sealed record FoundLibrary(MergedItem Item, string Path, ElfDynamicLinking Linking);

/// <summary>
/// Looks for libraries where ld.so(8) does: DT_RPATH of the file and of what loaded it, DT_RUNPATH of the file, its cache, its
/// own folders. LD_LIBRARY_PATH is what a build cannot know, and subfolders for some processors only are not counted on.
/// </summary>
/// <param name="tree">All that is merged.</param>
/// <param name="hasBase">Whether the base is known.</param>
internal sealed class LibrarySearch(MergedTree tree, bool hasBase)
{
    /// <summary>How often a folder is looked into, for all files together: search paths of hostile files are long.</summary>
    private const int LookupLimit = 500_000;
    private const int RememberedDirectories = 10_000;

    /// <summary>How many names of libraries are followed, for all programs together. A thousand programs have some hundred thousand.</summary>
    private const int NeedLimit = 10_000_000;

    private readonly Dictionary<TreeEntry, ElfDynamicLinking?> _contents = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, SearchedFolder?> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<Processor, LibraryFolders> _folders = [];
    private readonly Dictionary<(Processor Processor, string Name), FoundLibrary?> _byDefault = [];
    private int _lookups;
    private int _needs;

    /// <summary>The folders that are searched for every file.</summary>
    public LibraryFolders Folders(Processor processor)
    {
        if (!_folders.TryGetValue(processor, out var folders))
        {
            _folders.Add(processor, folders = LibraryFolders.Of(tree, processor, hasBase));
        }

        return folders;
    }

    /// <summary>Counts a name that is followed: libraries that all need each other would be as many names as their square, for each program.</summary>
    /// <exception cref="InvalidDataException">There were too many.</exception>
    public void CountNeed()
    {
        if (++_needs > NeedLimit)
        {
            throw new InvalidDataException("programs and libraries need too many of each other to follow all of them");
        }
    }

    /// <summary>What the dynamic linker reads of a file; null when it is no ELF file that can be loaded.</summary>
    public ElfDynamicLinking? Read(TreeEntry entry)
    {
        if (!_contents.TryGetValue(entry, out var linking))
        {
            try
            {
                linking = entry is FileEntry file ? ElfDynamicReader.Read(file.Content) : null;
            }
            catch (InvalidDataException)
            {
                // What the search comes to may be anything; the extension's own files are reported where they are looked at.
            }

            _contents.Add(entry, linking);
        }

        return linking;
    }

    /// <summary>Looks for a library that a file needs.</summary>
    /// <param name="name">The name of DT_NEEDED.</param>
    /// <param name="needing">The file.</param>
    /// <param name="first">What was loaded first.</param>
    /// <param name="processor">The processor of all of them.</param>
    /// <exception cref="InvalidDataException">The search takes too long.</exception>
    public FoundLibrary? Find(string name, LinkedObject needing, LinkedObject first, Processor processor)
    {
        if (name.Contains('/'))
        {
            // A path from the folder in which a program happens to be started leads nowhere.
            var path = needing.Expand(name, processor, Folders(processor).LibraryFolder);
            return path.StartsWith('/') ? Accept(tree.Resolve(ElfName.Bytes(path)), path, processor) : null;
        }

        return name is "" or "." or ".."
            ? null
            : InOwnFolders(name, needing, first, processor)
                ?? (needing.Linking.IgnoresDefaultFolders ? null : FindByDefault(name, processor));
    }

    /// <summary>Looks for a library as for a file that names no folders.</summary>
    public FoundLibrary? FindByDefault(string name, Processor processor)
    {
        if (!_byDefault.TryGetValue((processor, name), out var found))
        {
            var folders = Folders(processor);
            found = In(folders.Cached, name, processor, item => item.Layer.Name == MergedLayer.BaseName)
                ?? In(folders.Own, name, processor);
            _byDefault.Add((processor, name), found);
        }

        return found;
    }

    /// <summary>Whether a folder, by whatever links, is the one at a path.</summary>
    public bool IsFolder(string folder, TreePath path) => DirectoryAt(folder) is { } directory && directory.Path == path;

    /// <summary>The folders that files name themselves.</summary>
    private FoundLibrary? InOwnFolders(string name, LinkedObject needing, LinkedObject first, Processor processor)
    {
        if (needing.Linking.RunPath is { } runPath)
        {
            return In(Split(runPath, needing, processor), name, processor);
        }

        var triedFirst = false;
        for (var loader = needing; loader is not null; loader = loader.Loader)
        {
            triedFirst |= loader == first;
            if (InRPath(loader) is { } found)
            {
                return found;
            }
        }

        return triedFirst ? null : InRPath(first);

        FoundLibrary? InRPath(LinkedObject file) =>
            file.Linking is { RPath: { } path, RunPath: null } ? In(Split(path, file, processor), name, processor) : null;
    }

    private IEnumerable<string> Split(string searchPath, LinkedObject file, Processor processor) =>
        searchPath.Split(':').Select(folder => file.Expand(folder, processor, Folders(processor).LibraryFolder)).Where(folder => folder.StartsWith('/'));

    private FoundLibrary? In(IEnumerable<string> folders, string name, Processor processor, Predicate<MergedItem>? condition = null)
    {
        var bytes = ElfName.Bytes(name);
        foreach (var folder in folders)
        {
            if (++_lookups > LookupLimit)
            {
                throw new InvalidDataException("its search paths have too many folders to look into all of them");
            }

            if (DirectoryAt(folder) is { } directory
                && ItemAt(directory.Path.Child(bytes)) is { } item
                && condition?.Invoke(item) != false
                && Accept(item, $"{folder.TrimEnd('/')}/{name}", processor) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private SearchedFolder? DirectoryAt(string folder)
    {
        if (!_directories.TryGetValue(folder, out var directory))
        {
            directory = tree.Resolve(ElfName.Bytes(folder)) is { Entry: DirectoryEntry } item ? new(item.Path) : null;
            if (_directories.Count < RememberedDirectories)
            {
                _directories.Add(folder, directory);
            }
        }

        return directory;
    }

    private MergedItem? ItemAt(TreePath path) =>
        !tree.TryGet(path, out var entry, out var layer) ? null
        : entry is SymlinkEntry ? tree.Resolve(path)
        : new MergedItem(path, entry, layer);

    /// <summary>Files for other processors are passed over, as ld.so does.</summary>
    private FoundLibrary? Accept(MergedItem? item, string path, Processor processor) =>
        item is { } found && Read(found.Entry) is { } linking && Processor.Of(linking) == processor ? new(found, path, linking) : null;

    /// <summary>A folder that is there, by its real path.</summary>
    private sealed record SearchedFolder(TreePath Path);
}
