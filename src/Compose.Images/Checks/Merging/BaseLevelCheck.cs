using Compose.Diagnostics;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Merging;

/// <summary>Finds an extension whose release file says that it is for another base than the one it is built for.</summary>
internal sealed class BaseLevelCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.BaseTree is null || ExtensionRelease.OsReleaseOf(extension.BaseTree) is not { } osRelease)
        {
            return;
        }

        // Where it is merged, the initrd or a portable service, is for the project to say.
        var scope = extension.Definition.Release.Scope?.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        var host = scope is null ? new MergingHost(osRelease) : new MergingHost(osRelease, Scope: scope);
        if (ExtensionCompatibility.Refusal(extension.Name, extension.Tree, host, extension.Definition.Kind) is { } reason)
        {
            reporter.Report(ImageDiagnostics.NotForItsBase.Create(
                $"The base that '{extension.Name}' is built for would not merge it: {reason}. Leave the ID, level and version to the base, or reference the base that they are of."));
        }
    }
}
