using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds files that name a folder of the build host, which is not there at run time, and makes another image of each
/// checkout. What comes out of the content store came from elsewhere and is not searched.
/// </summary>
internal sealed class BuildFolderCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var search = new BuildFolderSearch(extension.Definition.BuildFolders);
        if (search.IsEmpty)
        {
            return;
        }

        foreach (var item in extension.Tree.Items)
        {
            var content = item.Entry switch
            {
                FileEntry { Content: not BlobContent } file => file.Content,
                SymlinkEntry link => new BytesContent(link.Target),
                _ => null,
            };
            if (content is null || search.Find(content) is not { } found)
            {
                continue;
            }

            var line = item.Entry is FileEntry ? BuildFolderSearch.LineOf(content, found.Offset) : 0;
            reporter.Report(extension.Finding(
                ImageDiagnostics.NamesBuildFolder,
                item,
                $"'/{item.Path}' names '{found.Name}', a folder of the machine that builds{(line == 0 ? "" : $", in line {line}")}.",
                line));
        }
    }
}
