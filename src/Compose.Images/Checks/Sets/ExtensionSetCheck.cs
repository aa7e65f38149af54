using Compose.Diagnostics;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Sets;

/// <summary>The checks across a set, for an extension together with those that it is built on.</summary>
internal sealed class ExtensionSetCheck : IExtensionCheck
{
    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        // What it needs is what it is compared with here: that is left empty.
        var built = new ReferencedExtension(extension.Name, extension.Tree)
        {
            Kind = extension.Definition.Kind,
            Carries = extension.Definition.Carries,
        };
        SetChecks.Run(new([built, .. extension.References], built), reporter);
    }
}
