using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Packages.Inputs;

namespace Compose.Images.Torcx;

/// <summary>
/// Makes an extension's files of a torcx archive, by its manifest: what torcx would give to the system at boot stands where
/// the system looks for it, and nothing is lost.
/// </summary>
public sealed class TorcxConverter(IDiagnosticReporter reporter)
{
    /// <summary>Converts what an archive holds.</summary>
    /// <param name="archive">The archive. Its name is the address or path it was found at: <c>…/NAME:REFERENCE.torcx.tgz</c>.</param>
    /// <exception cref="DiagnosticException">It is no torcx archive, or its manifest cannot be followed.</exception>
    public InputTree Convert(InputTree archive)
    {
        var manifest = TorcxManifest.Read(archive.Tree, archive.Name);
        var placement = new TorcxPlacement(archive.Tree, archive.Name, new TorcxPlaces(NameOf(archive.Name)));
        placement.Place(manifest);
        var tree = new TorcxTree(placement, NameOf(archive.Name), archive.Name, reporter).Build();
        ReportUnnamed(archive, placement, manifest);
        return archive with { Tree = tree };
    }

    /// <summary>The image's name in the name of its archive: up to the colon before the reference.</summary>
    /// <exception cref="DiagnosticException">There is none.</exception>
    internal static string NameOf(string source)
    {
        var path = source.Split('?', '#')[0];
        var file = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        var name = file.Split(':')[0];
        var suffix = name.IndexOf(".torcx", StringComparison.Ordinal);
        name = suffix > 0 ? name[..suffix] : name;
        return name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name.Trim('.').Length > 0
            ? name
            : throw TorcxManifest.Bad(source, $"'{file}' is not named NAME:REFERENCE.torcx.tgz or NAME:REFERENCE.torcx.squashfs");
    }

    private void ReportUnnamed(InputTree archive, TorcxPlacement placement, TorcxManifest manifest)
    {
        const int Shown = 20;
        if (placement.Unnamed.Count == 0)
        {
            return;
        }

        var files = placement.Unnamed.Take(Shown).Select(path => $"/{path} as /{placement.Files[path]}");
        reporter.Report(TorcxDiagnostics.UnnamedFiles.Create(
            $"The manifest of '{archive.Name}' does not name {placement.Unnamed.Count} of its files, which are kept: {string.Join(", ", files)}"
            + (placement.Unnamed.Count > Shown ? " and more." : ".")
            + (manifest.UnknownLists.Count == 0 ? "" : $" Its lists {string.Join(", ", manifest.UnknownLists.Select(list => $"'{list}'"))} are not known."),
            archive.Name));
    }
}
