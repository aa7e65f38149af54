using Compose.Diagnostics;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Merging;

/// <summary>Finds the file by which systemd takes an image for an operating system.</summary>
internal sealed class OsReleaseCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var forbidden = ExtensionTraits.Of(extension.Definition.Kind).ForbiddenPath;
        if (extension.Tree.Contains(forbidden))
        {
            reporter.Report(ImageDiagnostics.OsReleaseInExtension.Create(
                $"'{extension.Name}' holds /{forbidden}, and systemd-sysext refuses to merge it. Leave out the package or file that brings it.")
                with { Path = $"/{forbidden}" });
        }
    }
}
