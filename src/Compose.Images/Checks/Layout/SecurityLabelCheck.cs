using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Artifacts;

namespace Compose.Images.Checks.Layout;

/// <summary>Says when the base uses SELinux and the extension's files have no labels for it.</summary>
internal sealed class SecurityLabelCheck : IExtensionCheck
{
    private const string Label = "security.selinux";
    private static readonly TreePath Configuration = TreePath.Parse("etc/selinux/config");

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (!extension.Host.TryGet(Configuration, out var entry, out _) || entry is not FileEntry file || ModeOf(TreeText.Read(file)) is not { } mode)
        {
            return;
        }

        var count = 0;
        var first = TreePath.Root;
        foreach (var item in extension.Tree.Items[1..])
        {
            if (!item.Entry.Metadata.ExtendedAttributes.Any(attribute => attribute.Name == Label))
            {
                first = count++ == 0 ? item.Path : first;
            }
        }

        if (count > 0)
        {
            reporter.Report(ImageDiagnostics.NoSecurityLabels.Create(
                $"The base runs SELinux ({mode}), and {count} of {extension.Tree.Count - 1} entries of '{extension.Name}' have no label ({Label}), '/{first}' for one. "
                + "Confined services may not use files without one.") with
            {
                Path = $"/{first}",
            });
        }
    }

    /// <summary>What selinux_config(5) says; null for a system without SELinux.</summary>
    private static string? ModeOf(string configuration)
    {
        foreach (var line in configuration.Split('\n'))
        {
            if (line.Trim().Split('=', 2) is ["SELINUX", var value])
            {
                return value.Trim() is "enforcing" or "permissive" ? value.Trim() : null;
            }
        }

        return null;
    }
}
