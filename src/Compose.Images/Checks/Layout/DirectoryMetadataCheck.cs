using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds directories that another tree has too, with another mode or owner. overlayfs shows that of the highest layer: a
/// <c>/usr/bin</c> of 0700 in an extension closes the host's.
/// </summary>
internal sealed class DirectoryMetadataCheck : IExtensionCheck
{
    /// <summary>Others may enter.</summary>
    private const int OthersSearch = 0x1;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            // The top of a hierarchy is a directory that systemd makes itself.
            if (item.Entry is not DirectoryEntry directory || item.Path.Depth < 2 || Below(extension, item.Path) is not { } below)
            {
                continue;
            }

            var (upper, lower) = (directory.Metadata, below.Directory.Metadata);
            if ((upper.Permissions, upper.UserId, upper.GroupId) == (lower.Permissions, lower.UserId, lower.GroupId))
            {
                continue;
            }

            var closes = (lower.Permissions & ~upper.Permissions & OthersSearch) != 0;
            reporter.Report(extension.Finding(
                closes ? ImageDiagnostics.DirectoryMetadataDiffers.AsError() : ImageDiagnostics.DirectoryMetadataDiffers,
                item,
                $"The directory '/{item.Path}' is {Describe(upper)} here, and {Describe(lower)} in {below.Layer}; merged, "
                + (closes ? "it would be closed to other users, with all that the host has below it." : "the host's would change.")));
        }
    }

    /// <summary>The directory in the lowest other tree that has it: the base, as a rule.</summary>
    private static (DirectoryEntry Directory, string Layer)? Below(CheckedExtension extension, TreePath path)
    {
        var layers = extension.Host.Layers;
        for (var i = layers.Count - 1; i > 0; i--)
        {
            if (layers[i].Tree.TryGet(path, out var entry) && entry is DirectoryEntry directory)
            {
                return (directory, layers[i].Name);
            }
        }

        return null;
    }

    private static string Describe(in EntryMetadata metadata) =>
        $"{Convert.ToString(metadata.Permissions, 8).PadLeft(4, '0')} {metadata.UserId}:{metadata.GroupId}";
}
