using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>
/// Finds what overlayfs takes for a mark and no content (kernel.org, filesystems/overlayfs): an extension that has one hides
/// what the base and other extensions hold. Such marks come with trees that were once the upper directory of a container.
/// </summary>
internal sealed class OverlayMarkCheck : IExtensionCheck
{
    /// <summary>Where a mount by root has its marks.</summary>
    private const string Trusted = "trusted.overlay.";

    /// <summary>Where a mount with the option userxattr has them; systemd mounts without it.</summary>
    private const string User = "user.overlay.";

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            if (MarkOf(item.Entry) is { } mark)
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.HidesLowerLayers,
                    item,
                    $"'/{item.Path}' is a mark of overlayfs ({mark}); merged, it would hide what the base and other extensions have there."));
            }
            else if (LeftoverOf(item) is { } leftover)
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.LayerLeftover,
                    item,
                    $"'/{item.Path}' is left over from a layer of a container ({leftover}) and means nothing in an extension; what it took away is still there."));
            }
        }
    }

    /// <summary>Whether the entry is a whiteout, the device by which overlayfs stores that a name was deleted.</summary>
    public static bool IsWhiteout(TreeEntry entry) => entry is DeviceEntry { Kind: DeviceKind.Character, Major: 0, Minor: 0 };

    private static string? MarkOf(TreeEntry entry)
    {
        if (IsWhiteout(entry))
        {
            return "whiteout";
        }

        var attributes = entry.Metadata.ExtendedAttributes;
        for (var i = 0; i < attributes.Count; i++)
        {
            var mark = attributes[i].Name switch
            {
                Trusted + "opaque" when attributes[i].Value.Span is [(byte)'y'] or [(byte)'x'] => "opaque",
                Trusted + "whiteout" => "whiteout",
                Trusted + "redirect" => "redirected",
                Trusted + "metacopy" => "only metadata",
                _ => null,
            };
            if (mark is not null)
            {
                return $"{mark}: {attributes[i].Name}";
            }
        }

        return null;
    }

    private static string? LeftoverOf(TreeItem item)
    {
        if (item.Path.Name.StartsWith(".wh."u8))
        {
            return "whiteout by name";
        }

        var attributes = item.Entry.Metadata.ExtendedAttributes;
        for (var i = 0; i < attributes.Count; i++)
        {
            if (attributes[i].Name.StartsWith(Trusted, StringComparison.Ordinal) || attributes[i].Name.StartsWith(User, StringComparison.Ordinal))
            {
                return TreePath.Describe(System.Text.Encoding.UTF8.GetBytes(attributes[i].Name));
            }
        }

        return null;
    }
}
