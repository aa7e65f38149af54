using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Merging;

/// <summary>
/// Finds files of the base that the extension replaces by others. To replace them is what configuration extensions are for, so
/// that for these it is no mistake, but worth a word.
/// </summary>
internal sealed class HiddenFilesCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.BaseTree is not { } baseTree)
        {
            return;
        }

        var replaces = extension.Definition.Kind == ExtensionKind.Configuration ? ImageDiagnostics.HidesBaseFile.AsMessage() : ImageDiagnostics.HidesBaseFile;
        foreach (var (path, entry) in extension.Tree.Items)
        {
            if (!baseTree.TryGet(path, out var other))
            {
                continue;
            }

            var finding = (entry, other) switch
            {
                (DirectoryEntry, DirectoryEntry) or (DirectoryEntry, SymlinkEntry) or (SymlinkEntry, DirectoryEntry) => null,
                (DirectoryEntry, _) => ImageDiagnostics.HidesBaseFile.Create($"'/{path}' of {extension.Name} is a directory and hides a file of the base."),
                (_, DirectoryEntry) => ImageDiagnostics.HidesBaseFile.Create(
                    $"'/{path}' of {extension.Name} is a file and hides a directory of the base with all that it holds."),
                _ when EntryComparison.AreSame(entry, other) => null,
                _ => replaces.Create($"'/{path}' of {extension.Name} hides another file of the base."),
            };
            if (finding is not null)
            {
                reporter.Report(finding with { Path = $"/{path}" });
            }
        }
    }
}
