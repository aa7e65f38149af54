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

        var findings = new PathFindings(extension.Origins);
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

            var line = BuildFolderSearch.LineOf(content, found.Offset);
            findings.Add(item, $"'{found.Name}' {(line == 0 ? $"at byte {found.Offset}" : $"in line {line}")}", line);
        }

        findings.Report(reporter, ImageDiagnostics.NamesBuildFolder, paths => $"These name a folder of the machine that builds: {paths}.");
    }
}
