using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>Says what is missing for programs and libraries, and what there is instead.</summary>
internal sealed class ElfFindings(CheckedExtension extension, ExecutableFindings findings, LibraryNames names)
{
    /// <summary>The symbols that were shown for a version.</summary>
    private readonly Dictionary<string, List<string>> _shownSymbols = new(StringComparer.Ordinal);

    /// <summary>Where libraries are that were not found.</summary>
    public LibraryNames Names => names;

    /// <summary>A file's headers contradict each other.</summary>
    public void Damaged(TreeItem file, string reason) =>
        findings.Add(
            ImageDiagnostics.UnreadableElf, file, $"What '/{file.Path}' needs cannot be told: {char.ToLowerInvariant(reason[0])}{reason[1..].TrimEnd('.')}.");

    /// <summary>A file is for another processor than the extension.</summary>
    public void ForOtherProcessor(LinkedObject file, Processor expected) =>
        findings.Add(
            ImageDiagnostics.OtherProcessor, ItemOf(file),
            $"'/{file.Item.Path}' is for {Processor.Describe(file.Linking)}, and {extension.Name} for {expected.Name}. "
                + "Leave it out with a RemoveFile item, or take a build for that processor.");

    /// <summary>The kernel does not find what loads a program.</summary>
    public void LinkerMissing(LinkedObject program) =>
        findings.Add(
            ImageDiagnostics.DynamicLinkerNotFound, ItemOf(program),
            $"'/{program.Item.Path}' cannot be started: its dynamic linker {ElfName.Describe(program.Linking.Interpreter!)} is not in {extension.MergedNames}. "
                + "Take a build for the base's C library, or one that is linked statically.");

    /// <summary>A library was not found.</summary>
    /// <param name="missing">The library, and what needs it.</param>
    /// <param name="program">The program that cannot start for it; null when none is known.</param>
    public void LibraryMissing(MissingLibrary missing, LinkedObject? program)
    {
        var other = names.InExtensions(missing.Library);

        // A script or a unit may set LD_LIBRARY_PATH to where the library is.
        Add(
            ImageDiagnostics.LibraryNotFound, isError: program is not null && other is null, missing.Needing, program, missing.Library,
            $"needs the library {ElfName.Describe(missing.Library)}, "
                + (other is { } item
                    ? $"and {ElfName.Describe(ElfName.Of(item.Path))} of {item.Layer.Name} is not where the dynamic linker looks{ConfigurationText(item)}. "
                        + "Set the RUNPATH, add a Symlink in a folder of libraries, or set LD_LIBRARY_PATH."
                    : $"which no folder that the dynamic linker searches has in {extension.MergedNames}. "
                        + "Add the package that brings it, or reference the extension's project."));
    }

    /// <summary>A library lacks versions.</summary>
    /// <inheritdoc cref="LibraryMissing"/>
    public void VersionsMissing(MissingVersions missing, LinkedObject? program)
    {
        var library = missing.Library;
        var needed = missing.Versions[0].Library;
        var newest = SymbolVersions.Newest(library.Linking.DefinedVersions, missing.Versions.Select(version => version.Name));
        var has = newest.Count == 0 ? "no versions" : $"up to {string.Join(" and ", newest.Select(ElfName.Describe))}";

        // As with libraries that are missing: another one may be meant.
        var other = names.InExtensions(needed);
        var isOfBase = library.Item.Layer.Name == MergedLayer.BaseName;
        Add(
            ImageDiagnostics.SymbolVersionNotFound,
            isError: program is not null && (other is null || other.Value.Path == library.Item.Path),
            missing.Needing, program, needed,
            $"needs {Describe(missing)} of {ElfName.Describe(needed)}, and that of {library.Item.Layer.Name} (/{library.Item.Path}) has {has}. "
                + (isOfBase ? "Take a build for the base's release." : "Take builds of one release."));
    }

    private static TreeItem ItemOf(LinkedObject file) => new(file.Item.Path, file.Item.Entry);

    /// <summary>
    /// Adds a finding at the file that needs something, or at the program when that file is not the extension's.
    /// </summary>
    private void Add(DiagnosticDescriptor descriptor, bool isError, LinkedObject needing, LinkedObject? program, string subject, string message)
    {
        var isOwn = needing.Item.Layer == extension.Merged.Layers[0];
        var at = isOwn || program is null ? needing : program;
        var through = !isOwn ? $" (through /{needing.Item.Path})"
            : program is not null && program.Item.Entry != needing.Item.Entry ? $" (loaded by /{program.Item.Path})"
            : "";
        findings.Add(
            isError ? descriptor.AsError() : descriptor, ItemOf(at), $"'/{at.Item.Path}'{through} {message}", isOwn ? subject : $"{subject} /{needing.Item.Path}");
    }

    private string ConfigurationText(MergedItem item) =>
        names.ConfigurationOf(item.Path.Parent) is { } file
            ? $" (/{file} names the folder for ldconfig, which nothing runs when the extension is merged)"
            : "";

    /// <summary>The versions, each with a symbol that needs it: <c>GLIBC_2.38 (__isoc23_strtol)</c>.</summary>
    private string Describe(MissingVersions missing)
    {
        const int Shown = 3;
        var versions = missing.Versions.Take(Shown)
            .Select(version => SymbolOf(missing.Needing, version) is { } symbol
                ? $"{ElfName.Describe(version.Name)} ({ElfName.Describe(symbol)})"
                : ElfName.Describe(version.Name));
        var text = string.Join(", ", versions);
        return missing.Versions.Count > Shown ? $"{text} and {missing.Versions.Count - Shown} more versions" : text;
    }

    /// <summary>One symbol: one that was shown for another file where that does, so that both files can be shown together.</summary>
    private string? SymbolOf(LinkedObject file, ElfNeededVersion version)
    {
        try
        {
            using var reader = new ElfDynamicReader(((FileEntry)file.Item.Entry).Content);
            var symbols = reader.FindSymbols(version.Index);
            if (symbols.Count == 0)
            {
                return null;
            }

            if (!_shownSymbols.TryGetValue(version.Name, out var shown))
            {
                _shownSymbols.Add(version.Name, shown = []);
            }

            if (shown.Find(symbols.Contains) is { } known)
            {
                return known;
            }

            shown.Add(symbols[0]);
            return symbols[0];
        }
        catch (InvalidDataException)
        {
            // The symbol is a courtesy; what the linker looks at was read.
            return null;
        }
    }
}
