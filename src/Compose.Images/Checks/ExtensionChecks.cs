using Compose.Diagnostics;
using Compose.Images.Checks.Executables;

namespace Compose.Images.Checks;

/// <summary>All checks of an extension, in the order in which they report.</summary>
internal static class ExtensionChecks
{
    private static readonly IReadOnlyList<IExtensionCheck> All =
    [
        new ExecutablesCheck(),
    ];

    /// <summary>Finds what would go wrong when an extension is merged.</summary>
    public static void Run(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        new MergeChecks(reporter).Check(extension.Definition, extension.Tree, extension.BaseTree, extension.References);
        foreach (var check in All)
        {
            check.Check(extension, reporter);
        }
    }
}
