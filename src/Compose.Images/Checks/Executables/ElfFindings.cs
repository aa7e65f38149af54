using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>Says what is missing for programs and libraries, and what there is instead.</summary>
internal sealed class ElfFindings(CheckedExtension extension, FindingGroups groups, LibraryNames names)
{
    /// <summary>Where libraries are that were not found.</summary>
    public LibraryNames Names => names;

    /// <summary>A file's headers contradict each other.</summary>
    public void Damaged(TreePath path, TreeEntry entry, string reason) =>
        groups.Add(
            ImageDiagnostics.UnreadableElf, path, entry, $"/{path} ({reason.TrimEnd('.')})",
            new("The dynamic linker could not load, or it cannot be told what it needs: "));

    /// <summary>A file is for another processor than the extension.</summary>
    public void ForOtherProcessor(LinkedObject file, Processor expected) =>
        groups.Add(
            ImageDiagnostics.OtherProcessor, file.Item.Path, file.Item.Entry, $"/{file.Item.Path}",
            new(
                $"'{extension.Name}' is for {expected.Name}, and cannot load what is for {Processor.Describe(file.Linking)}: ",
                ". Leave it out with a RemoveFile item, or build for that processor."));

    /// <summary>The kernel does not find what loads a program.</summary>
    public void LinkerMissing(LinkedObject program) =>
        groups.Add(
            ImageDiagnostics.DynamicLinkerNotFound, program.Item.Path, program.Item.Entry, $"/{program.Item.Path}",
            new(
                $"The dynamic linker {ElfName.Describe(program.Linking.Interpreter!)} is not in {extension.MergedNames}. Without it the kernel does not start ",
                ". Take a build for the base's C library, or one that is linked statically."));

    /// <summary>A library was not found.</summary>
    /// <param name="missing">The library, and what needs it.</param>
    /// <param name="program">The program that cannot start for it; null when none is known.</param>
    public void LibraryMissing(MissingLibrary missing, LinkedObject? program)
    {
        var name = ElfName.Describe(missing.Library);
        var other = names.InExtensions(missing.Library);

        // A script or a unit may set LD_LIBRARY_PATH to where the library is.
        Add(
            ImageDiagnostics.LibraryNotFound, isError: program is not null && other is null, missing.Needing, program, missing.Library,
            path => $"{path} needs {name}",
            new(
                "",
                other is { } item
                    ? $". {ElfName.Describe(ElfName.Of(item.Path))} of {item.Layer.Name} is not where the dynamic linker looks{ConfigurationText(item)}: "
                        + "set the program's RUNPATH, add a Symlink in a folder of libraries, or set LD_LIBRARY_PATH."
                    : $". No folder that the dynamic linker searches has it, in {extension.MergedNames}: add the package that brings it, or reference the extension's project."));
    }

    /// <summary>A library lacks versions.</summary>
    /// <inheritdoc cref="LibraryMissing"/>
    public void VersionsMissing(MissingVersions missing, LinkedObject? program)
    {
        var library = missing.Library;
        var name = ElfName.Describe(missing.Versions[0].Library);
        var newest = SymbolVersions.Newest(library.Linking.DefinedVersions, missing.Versions.Select(version => version.Name));

        // As with libraries that are missing: another one may be meant.
        var other = names.InExtensions(missing.Versions[0].Library);
        Add(
            ImageDiagnostics.SymbolVersionNotFound,
            isError: program is not null && (other is null || other.Value.Path == library.Item.Path),
            missing.Needing, program, missing.Versions[0].Library,
            path => $"{path} needs {Describe(missing)} of {name}",
            new(
                "",
                $". The {name} of {library.Item.Layer.Name} has {(newest.Count == 0 ? "no versions" : $"up to {string.Join(" and ", newest.Select(ElfName.Describe))}")} (/{library.Item.Path}): "
                    + (library.Item.Layer.Name == MergedLayer.BaseName ? "take a build for the base's release." : "take builds of one release.")));
    }

    /// <summary>
    /// Adds a finding at the file that needs something, or at the program when that file is not the extension's.
    /// </summary>
    private void Add(
        DiagnosticDescriptor descriptor, bool isError, LinkedObject needing, LinkedObject? program, string subject, Func<string, string> text, Cause cause)
    {
        var isOwn = needing.Item.Layer == extension.Merged.Layers[0];
        var at = isOwn || program is null ? needing.Item : program.Item;
        var path = $"/{at.Path}";
        var through = !isOwn ? $" (through /{needing.Item.Path})"
            : program is not null && program.Item.Entry != needing.Item.Entry ? $" (loaded by /{program.Item.Path})"
            : "";
        groups.Add(
            isError ? descriptor.AsError() : descriptor, at.Path, at.Entry, text(path + through), cause, isOwn ? subject : $"{subject} /{needing.Item.Path}");
    }

    private string ConfigurationText(MergedItem item) =>
        names.ConfigurationOf(item.Path.Parent) is { } file
            ? $" (/{file} names the folder for ldconfig, which nothing runs when the extension is merged)"
            : "";

    /// <summary>The versions, each with a symbol that needs it: <c>GLIBC_2.38 (__isoc23_strtol)</c>.</summary>
    private static string Describe(MissingVersions missing)
    {
        const int Shown = 3;
        var versions = missing.Versions.Take(Shown)
            .Select(version => SymbolOf(missing.Needing, version) is { } symbol
                ? $"{ElfName.Describe(version.Name)} ({ElfName.Describe(symbol)})"
                : ElfName.Describe(version.Name));
        var text = string.Join(", ", versions);
        return missing.Versions.Count > Shown ? $"{text} and {missing.Versions.Count - Shown} more versions" : text;
    }

    private static string? SymbolOf(LinkedObject file, ElfNeededVersion version)
    {
        try
        {
            using var reader = new ElfDynamicReader(((FileEntry)file.Item.Entry).Content);
            return reader.FindSymbol(version.Index);
        }
        catch (InvalidDataException)
        {
            // The symbol is a courtesy; what the linker looks at was read.
            return null;
        }
    }
}
