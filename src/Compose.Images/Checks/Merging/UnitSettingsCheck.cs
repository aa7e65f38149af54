using Compose.Diagnostics;

namespace Compose.Images.Checks.Merging;

/// <summary>Finds settings that the project makes for units that are nowhere.</summary>
internal sealed class UnitSettingsCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        // Without a base nothing is known of its units.
        if (extension.BaseTree is not null)
        {
            extension.Definition.Declared.CheckUnitSettings([.. extension.Merged.Layers.Select(layer => layer.Tree)], reporter);
        }
    }
}
