using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds users, and files to be made at boot, that an extension declares where nothing reads the declarations once it is
/// merged: systemd-sysusers and systemd-tmpfiles may have run before.
/// </summary>
internal sealed class MergeOrderCheck : IExtensionCheck
{
    private static readonly TreePath Users = TreePath.Parse("usr/lib/sysusers.d");
    private static readonly TreePath Files = TreePath.Parse("usr/lib/tmpfiles.d");

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        // Confexts are merged at another time, and a base that merges in its initrd has no service for it.
        if (extension.BaseTree is null || extension.Definition.Kind != ExtensionKind.System)
        {
            return;
        }

        var users = DeclarationsIn(extension, Users);
        var files = DeclarationsIn(extension, Files);
        if ((users.Count + files.Count == 0) || MergeOrder.Read(extension) is not { } order)
        {
            return;
        }

        Report("users and groups", "systemd-sysusers", users);
        Report("what is to be made at boot", "systemd-tmpfiles", files);

        void Report(string what, string program, IReadOnlyList<TreeItem> declarations)
        {
            if (declarations.Count == 0 || order.RunsAfterMerge(program))
            {
                return;
            }

            foreach (var item in declarations)
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.DeclaredTooLate,
                    item,
                    $"'/{item.Path}' declares {what}, and on this base {program} runs only before extensions are merged: nothing comes of it."));
            }
        }
    }

    private static List<TreeItem> DeclarationsIn(CheckedExtension extension, TreePath directory) =>
        [.. extension.Tree.Children(directory).Where(item => item.Entry is not DirectoryEntry && item.Path.Name.EndsWith(".conf"u8))];
}
