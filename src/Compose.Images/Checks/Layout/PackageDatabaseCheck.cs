using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Trees;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds what package managers record about packages: it takes room, and hides what the host's own package manager knows.
/// The build leaves it out of inputs; the project's own files may still bring it.
/// </summary>
internal sealed class PackageDatabaseCheck : IExtensionCheck
{
    private const double Megabyte = 1_000_000;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.Definition.Exclusions.PackageDatabases)
        {
            return;
        }

        foreach (var path in DefaultExclusions.PackageDatabaseFolders)
        {
            var (files, bytes, first) = (0, 0L, default(TreeEntry));
            foreach (var (_, entry) in extension.Tree.Subtree(path))
            {
                if (entry is FileEntry file)
                {
                    (files, bytes, first) = (files + 1, bytes + file.Content.Length, first ?? entry);
                }
            }

            if (first is not null)
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.PackageDatabase,
                    new TreeItem(path, first),
                    string.Create(CultureInfo.InvariantCulture, $"'/{path}' is a package manager's database ({files} files, {bytes / Megabyte:0.0} MB), and hides the host's.")));
            }
        }
    }
}
