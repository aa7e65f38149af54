using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Merging;

/// <summary>Finds files of the base that the extension replaces by others.</summary>
internal sealed class HiddenFilesCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.BaseTree is not { } baseTree)
        {
            return;
        }

        foreach (var (path, entry) in extension.Tree.Items)
        {
            if (!baseTree.TryGet(path, out var other))
            {
                continue;
            }

            var message = (entry, other) switch
            {
                (DirectoryEntry, DirectoryEntry) or (DirectoryEntry, SymlinkEntry) or (SymlinkEntry, DirectoryEntry) => null,
                (DirectoryEntry, _) => $"'/{path}' of {extension.Name} is a directory and hides a file of the base.",
                (_, DirectoryEntry) => $"'/{path}' of {extension.Name} is a file and hides a directory of the base with all that it holds.",
                _ when EntryComparison.AreSame(entry, other) => null,
                _ => $"'/{path}' of {extension.Name} hides another file of the base.",
            };
            if (message is not null)
            {
                reporter.Report(ImageDiagnostics.HidesBaseFile.Create(message) with { Path = $"/{path}" });
            }
        }
    }
}
