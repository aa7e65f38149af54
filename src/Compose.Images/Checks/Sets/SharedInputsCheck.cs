using System.Globalization;
using Compose.Diagnostics;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Sets;

/// <summary>Finds packages and other inputs that two extensions carry, each its own copy.</summary>
internal sealed class SharedInputsCheck : ISetCheck
{
    private const int InputsShown = 10;

    /// <inheritdoc/>
    public void Check(ExtensionSet set, IDiagnosticReporter reporter)
    {
        foreach (var (first, second) in set.NewPairs)
        {
            var shared = (
                from input in first.Carries
                join other in second.Carries on (input.Kind, input.Name) equals (other.Kind, other.Name)
                orderby input.Kind, input.Name
                select (Input: input, Other: other)).ToArray();

            string[] different = [.. shared.Where(pair => pair.Input.Version != pair.Other.Version)
                .Select(pair => $"{pair.Input.Name} ({pair.Input.Version} and {pair.Other.Version})")];
            if (different.Length > 0)
            {
                reporter.Report(ImageDiagnostics.VersionsDiffer.Create(
                    $"The extensions {first.Name} and {second.Name} carry different versions of {List(different)}. Merged, files of both versions are mixed. "
                    + "Let both reference one extension that brings it.").At(second, first));
            }

            // Of an archive two extensions may take different files; a package is there as a whole.
            string[] same = [.. shared.Where(pair => pair.Input.Kind == CarriedInput.PackageKind && pair.Input.Version == pair.Other.Version)
                .Select(pair => $"{pair.Input.Name} {pair.Input.Version}")];
            if (same.Length > 0)
            {
                reporter.Report(ImageDiagnostics.CarriedTwice.Create(
                    $"The extensions {first.Name} and {second.Name} both carry {List(same)}: it takes room twice, and becomes two versions when only one of them is updated. "
                    + "Let one reference the other, or both an extension that brings it.").At(second, first));
            }
        }
    }

    private static string List(string[] inputs) =>
        string.Join(", ", inputs.Take(InputsShown))
        + (inputs.Length > InputsShown ? string.Create(CultureInfo.InvariantCulture, $" and {inputs.Length - InputsShown} more") : "");
}
