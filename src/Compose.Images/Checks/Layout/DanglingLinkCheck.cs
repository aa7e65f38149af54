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
            var isMistake = extension.Origins.IsOwn(link) && !end.IsWithin(Etc);
            reporter.Report(extension.Finding(
                isMistake ? ImageDiagnostics.DanglingLink : ImageDiagnostics.DanglingLink.AsMessage(),
                item,
                $"'/{item.Path}' is a symbolic link to '{TreePath.Describe(link.Target.Span)}', which neither the extension, nor those that it is merged with, nor the base has."));
        }
    }
}
