using Compose.Diagnostics;

namespace Compose.Images.Checks.Sets;

/// <summary>Finds extensions that another was built on and that are not merged with it.</summary>
internal sealed class MissingExtensionCheck : ISetCheck
{
    /// <inheritdoc/>
    public void Check(ExtensionSet set, IDiagnosticReporter reporter)
    {
        var names = set.Members.Select(member => member.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var member in set.Members)
        {
            foreach (var missing in member.Needs.Where(name => !names.Contains(name)))
            {
                reporter.Report(ImageDiagnostics.NeededExtensionMissing.Create(
                    $"The extension {member.Name} was built on {missing}, which is not there: what {missing} has was left out of {member.Name}. "
                    + $"Add a ProjectReference to {missing} too.").At(member));
            }
        }
    }
}
