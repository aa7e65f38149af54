using Compose.Diagnostics;

namespace Compose.Images.Checks;

/// <summary>Finds one kind of mistake in an extension that was composed, before it is packed and before anything boots.</summary>
internal interface IExtensionCheck
{
    /// <summary>
    /// Looks at an extension. Findings come in the order of paths, so that two builds say the same. Each path is a finding of its
    /// own, as a project may want another severity for it; those whose message differs in the path only are shown as one.
    /// </summary>
    /// <param name="extension">The extension and what it will be merged with.</param>
    /// <param name="reporter">Takes the findings.</param>
    void Check(CheckedExtension extension, IDiagnosticReporter reporter);
}
