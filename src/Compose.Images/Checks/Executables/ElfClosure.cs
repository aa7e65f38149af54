using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>
/// Whether what programs and libraries need to be loaded is in the extension, its references or the base: dynamic linkers,
/// libraries and versions of their symbols, found as ld.so(8) finds them.
/// </summary>
internal sealed class ElfClosure
{
    private const int TypeProgram = 2;
    private const int TypeSharedObject = 3;

    private static readonly TreePath FirstProcess = TreePath.Parse("usr/lib/systemd/systemd");

    private readonly CheckedExtension _extension;
    private readonly ElfFindings _findings;
    private readonly LibrarySearch _search;
    private readonly SymbolVersions _versions = new();
    private readonly List<LinkedObject> _programs = [];
    private readonly List<LinkedObject> _libraries = [];

    /// <summary>What was loaded for a program, and is right there.</summary>
    private readonly HashSet<TreeEntry> _loaded = new(ReferenceEqualityComparer.Instance);

    public ElfClosure(CheckedExtension extension, ExecutableFindings findings)
    {
        _extension = extension;
        _search = new LibrarySearch(extension.Merged, HasBase);
        _findings = new ElfFindings(extension, findings, new LibraryNames(extension));
    }

    /// <summary>Without a base, all that is not found may be on the host.</summary>
    private bool HasBase => _extension.BaseTree is not null;

    /// <summary>Takes an ELF file of the extension.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="file">The file.</param>
    /// <param name="isExecutable">Whether its mode lets it be run.</param>
    public void Add(TreePath path, FileEntry file, bool isExecutable)
    {
        ElfDynamicLinking linking;
        try
        {
            linking = ElfDynamicReader.Read(file.Content);
        }
        catch (InvalidDataException e)
        {
            _findings.Damaged(new TreeItem(path, file), e.Message);
            return;
        }

        var item = LinkedObject.First(new MergedItem(path, file, _extension.Merged.Layers[0]), linking);
        if (linking.Type is not (TypeProgram or TypeSharedObject))
        {
            // Object files and kernel modules are not loaded by this linker.
        }
        else if (ExpectedProcessor is { } processor && !processor.Runs(linking))
        {
            _findings.ForOtherProcessor(item, processor);
        }
        else if (Processor.Of(linking) is not null)
        {
            (isExecutable && linking.Interpreter is not null ? _programs : _libraries).Add(item);
        }
    }

    /// <summary>Follows all files that were taken, programs first: they know where their libraries are.</summary>
    public void Check()
    {
        foreach (var program in _programs)
        {
            Guard(program, CheckProgram);
        }

        foreach (var library in _libraries.Where(library => !_loaded.Contains(library.Item.Entry)))
        {
            Guard(library, CheckLibrary);
        }
    }

    /// <summary>The processor of ARCHITECTURE, or that of the base's first process; null when neither is known.</summary>
    private Processor? ExpectedProcessor => _expectedProcessor ??= Processor.Named(_extension.Definition.Release.Architecture) ?? BaseProcessor();

    private Processor? _expectedProcessor;

    private Processor? BaseProcessor() =>
        HasBase
        && _extension.Merged.Resolve(FirstProcess) is { Layer.Name: MergedLayer.BaseName } first
        && _search.Read(first.Entry) is { } linking
            ? Processor.Of(linking)
            : null;

    private void Guard(LinkedObject file, Action<LinkedObject, Processor> check)
    {
        try
        {
            check(file, Processor.Of(file.Linking)!);
        }
        catch (InvalidDataException e)
        {
            _findings.Damaged(new TreeItem(file.Item.Path, file.Item.Entry), e.Message);
        }
    }

    private void CheckProgram(LinkedObject program, Processor processor)
    {
        var linker = FindLinker(program.Linking.Interpreter!);
        if (linker is null && HasBase)
        {
            _findings.LinkerMissing(program);
            return;
        }

        // Other C libraries search elsewhere, and know no versions.
        if (!IsGnuLinker(program.Linking.Interpreter!))
        {
            return;
        }

        var map = LinkMap.OfProgram(program, linker, _search, processor);
        foreach (var missing in map.MissingLibraries.Where(_ => HasBase))
        {
            _findings.LibraryMissing(missing, program);
        }

        foreach (var missing in map.Objects.SelectMany(file => _versions.MissingOf(file, map)).Where(IsKnown))
        {
            _findings.VersionsMissing(missing, program);
        }

        _loaded.UnionWith(map.Objects.Select(file => file.Item.Entry));
    }

    private void CheckLibrary(LinkedObject library, Processor processor)
    {
        var map = LinkMap.OfLibrary(library, _search, processor);
        foreach (var missing in map.MissingLibraries.Where(_ => HasBase))
        {
            // A plugin may need what its program has loaded before it, from a folder of the program's own.
            var isPublic = _search.Folders(processor).Own.Any(folder => _search.IsFolder(folder, library.Item.Path.Parent));
            if (isPublic || !_findings.Names.IsAnywhere(missing.Library))
            {
                _findings.LibraryMissing(missing, program: null);
            }
        }

        foreach (var missing in _versions.MissingOf(library, map).Where(IsKnown))
        {
            _findings.VersionsMissing(missing, program: null);
        }
    }

    /// <summary>Whether the library that lacks versions is the one that a host has too.</summary>
    private bool IsKnown(MissingVersions missing) => HasBase || missing.Library.Item.Layer.Name != MergedLayer.BaseName;

    private LinkedObject? FindLinker(string path) =>
        _extension.Merged.Resolve(ElfName.Bytes(path)) is { Entry: FileEntry } item && _search.Read(item.Entry) is { } linking
            ? new LinkedObject(item, path, linking, loader: null)
            : null;

    private static bool IsGnuLinker(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.StartsWith("ld-linux", StringComparison.Ordinal)
            || name.StartsWith("ld64.so", StringComparison.Ordinal)
            || name.StartsWith("ld.so", StringComparison.Ordinal);
    }
}
