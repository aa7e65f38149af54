using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds symbolic links that lead to nothing in the merged tree. A link of the project is a mistake then; packages have such
/// links to what other packages would bring.
/// </summary>
internal sealed class DanglingLinkCheck : IExtensionCheck
{
    /// <summary>What is made while the host runs, so that a build cannot know it.</summary>
    private static readonly TreePath[] Unknown =
    [
        .. new[] { "boot", "dev", "efi", "home", "media", "mnt", "proc", "root", "run", "srv", "sys", "tmp", "var" }.Select(TreePath.Parse),
    ];

    private static readonly TreePath Etc = TreePath.Parse("etc");

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.BaseTree is null)
        {
            return;
        }

        var own = new PathFindings(extension.Origins);
        var others = new PathFindings(extension.Origins);
        var copied = HostRoot.EtcSource(extension.Name);
        foreach (var item in extension.Tree.Items)
        {
            // What is copied to /etc is looked at from there.
            if (item.Entry is not SymlinkEntry link || (extension.Definition.Kind == ExtensionKind.System && item.Path.IsWithin(copied))
                || extension.Host.Resolve(item.Path, out var end) is not null
                || Unknown.Any(end.IsWithin))
            {
                continue;
            }

            // /etc is half known: programs and administrators write to it.
            var isOwn = extension.Origins.IsOwn(link) && !end.IsWithin(Etc);
            (isOwn ? own : others).Add(item, $"to '{TreePath.Describe(link.Target.Span)}'");
        }

        own.Report(reporter, ImageDiagnostics.DanglingLink, paths => $"These symbolic links lead to nothing: {paths}.");
        others.Report(
            reporter,
            ImageDiagnostics.DanglingLink with { Severity = DiagnosticSeverity.Message },
            paths => $"These symbolic links lead to nothing that the extension, those that it is merged with or the base have: {paths}.");
    }
}
