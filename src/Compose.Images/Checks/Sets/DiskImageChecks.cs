using Compose.Diagnostics;
using Compose.Images.Disks;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Sets;

/// <summary>The checks of a disk image: whether its base would merge its extensions, and whether these go together.</summary>
public static class DiskImageChecks
{
    /// <summary>Finds what would go wrong when the image boots.</summary>
    public static void Run(DiskImageDefinition definition, IDiagnosticReporter reporter)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(reporter);
        var set = new ExtensionSet([.. definition.Extensions.Select(extension => new ReferencedExtension(extension.Name, extension.Tree)
        {
            Kind = extension.Kind,
            Carries = extension.Carries,
            Needs = extension.Needs,
            Item = extension.Item,
        })]);
        var collector = new FindingCollector();
        CheckCompatibility(definition, set, collector);
        SetChecks.Run(set, collector);
        reporter.ReportFindings(collector.Findings);
    }

    private static void CheckCompatibility(DiskImageDefinition definition, ExtensionSet set, FindingCollector reporter)
    {
        // Without it there is no image, and the builder says so.
        if (ExtensionRelease.OsReleaseOf(definition.System) is not { } osRelease)
        {
            return;
        }

        var host = new MergingHost(osRelease, definition.ArchitectureName);
        foreach (var member in set.Members)
        {
            if (ExtensionCompatibility.Refusal(member.Name, member.Tree, host, member.Kind) is { } reason)
            {
                reporter.Report(ImageDiagnostics.IncompatibleExtension.Create(
                    $"The extension '{member.Name}' would not be merged: {reason}. Build it for this base.").At(member));
            }
        }
    }
}
