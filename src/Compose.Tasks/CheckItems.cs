using System.Xml;
using System.Xml.Linq;
using Compose.Diagnostics;
using Compose.Tasks.Diagnostics;

namespace Compose.Tasks;

/// <summary>
/// Finds items whose include MSBuild has misread: it takes a wildcard for one of the build host's files, so a pattern for
/// paths in an image has vanished before any task sees it. Only the project's own text still has it.
/// </summary>
public sealed class CheckItems : ComposeTask
{
    /// <summary>The items whose include is a path in an image.</summary>
    private static readonly string[] ItemsOfTheImage = ["RemoveFile", "Directory", "Symlink", "InitrdExclusion"];

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        foreach (var include in Includes())
        {
            if (include.Value.AsSpan().IndexOfAny('*', '?') >= 0)
            {
                var line = (IXmlLineInfo)include;
                Log.LogError(
                    null,
                    TaskDiagnostics.WildcardInclude.Code,
                    null,
                    DocumentationPage.For(TaskDiagnostics.WildcardInclude.Code),
                    ProjectFile,
                    line.LineNumber,
                    line.LinePosition,
                    0,
                    0,
                    "{0}",
                    $"The Include '{include.Value}' of {include.Parent!.Name.LocalName} has a wildcard, which MSBuild looks up on this machine and not in the image. "
                    + "Name a path, and for RemoveFile put the wildcard into Pattern; elsewhere write %2A for '*' and %3F for '?'.");
            }
        }
    }

    private IEnumerable<XAttribute> Includes()
    {
        try
        {
            return XDocument.Load(ProjectFile, LoadOptions.SetLineInfo)
                .Descendants()
                .Where(element => ItemsOfTheImage.Contains(element.Name.LocalName, StringComparer.Ordinal))
                .Attributes("Include");
        }
        catch (XmlException)
        {
            // MSBuild has read the file; someone is editing it now, and the next build will see it whole.
            return [];
        }
    }
}
