using Compose.Diagnostics;

namespace Compose.Images.Checks.Sets;

/// <summary>Finds one kind of mistake in extensions that are merged together.</summary>
internal interface ISetCheck
{
    /// <summary>Looks at a set.</summary>
    /// <param name="set">The extensions.</param>
    /// <param name="reporter">Takes the findings.</param>
    void Check(ExtensionSet set, IDiagnosticReporter reporter);
}
