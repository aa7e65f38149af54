using Compose.Diagnostics;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Sets;

/// <summary>All checks across a set of extensions, in the order in which they report.</summary>
internal static class SetChecks
{
    private static readonly IReadOnlyList<ISetCheck> All = [new MissingExtensionCheck(), new SharedInputsCheck(), new SharedPathsCheck()];

    /// <summary>Finds what would go wrong when the extensions are merged together.</summary>
    public static void Run(ExtensionSet set, IDiagnosticReporter reporter)
    {
        foreach (var check in All)
        {
            check.Check(set, reporter);
        }
    }

    /// <summary>The finding at the item by which the project names an extension.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="extensions">The extensions that it is about; the first counts that the project names itself.</param>
    public static Diagnostic At(this Diagnostic finding, params ReadOnlySpan<ReferencedExtension> extensions)
    {
        foreach (var extension in extensions)
        {
            if (extension.Item is not null)
            {
                return finding with { Item = extension.Item, Traits = new ItemTraits("ProjectReference") };
            }
        }

        return finding;
    }
}
