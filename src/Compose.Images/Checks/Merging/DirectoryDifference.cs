using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Merging;

/// <summary>
/// A directory of two trees with another mode or owner. overlayfs shows that of the highest layer: a <c>/usr/bin</c> of 0700 in an
/// extension closes the host's.
/// </summary>
internal static class DirectoryDifference
{
    /// <summary>Others may enter.</summary>
    private const int OthersSearch = 0x1;

    /// <summary>The finding; null when the directories are alike.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="upper">That of the higher layer.</param>
    /// <param name="upperPlace">Where that is, for the message.</param>
    /// <param name="lower">That of the lower layer.</param>
    /// <param name="lowerPlace">Where that is.</param>
    public static Diagnostic? Find(TreePath path, DirectoryEntry upper, string upperPlace, DirectoryEntry lower, string lowerPlace)
    {
        var (above, below) = (upper.Metadata, lower.Metadata);
        // The top of a hierarchy is a directory that systemd makes itself.
        if (path.Depth < 2 || (above.Permissions, above.UserId, above.GroupId) == (below.Permissions, below.UserId, below.GroupId))
        {
            return null;
        }

        var closes = (below.Permissions & ~above.Permissions & OthersSearch) != 0;
        return (closes ? ImageDiagnostics.DirectoryMetadataDiffers.AsError() : ImageDiagnostics.DirectoryMetadataDiffers).Create(
            $"The directory '/{path}' is {Describe(above)} {upperPlace}, and {Describe(below)} in {lowerPlace}; merged, "
            + (closes ? "it would be closed to other users, with all that the host has below it." : "the host's would change."));
    }

    private static string Describe(in EntryMetadata metadata) =>
        $"{Convert.ToString(metadata.Permissions, 8).PadLeft(4, '0')} {metadata.UserId}:{metadata.GroupId}";
}
