using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>Finds devices, pipes and sockets. They belong to /dev and /run; systemd mounts an image without devices (nodev).</summary>
internal sealed class SpecialFileCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            var kind = item.Entry switch
            {
                var entry when OverlayMarkCheck.IsWhiteout(entry) => null,
                DeviceEntry { Kind: DeviceKind.Character } device => $"character device {device.Major}:{device.Minor}",
                DeviceEntry device => $"block device {device.Major}:{device.Minor}",
                FifoEntry => "pipe",
                SocketEntry => "socket",
                _ => null,
            };
            if (kind is not null)
            {
                reporter.Report(extension.Finding(ImageDiagnostics.SpecialFile, item, $"'/{item.Path}' is a {kind}, which has no use in an extension."));
            }
        }
    }
}
