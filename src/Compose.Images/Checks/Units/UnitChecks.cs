using Compose.Diagnostics;

namespace Compose.Images.Checks.Units;

/// <summary>The checks of an extension's units. The units are read once for all of them.</summary>
internal sealed class UnitChecks : IExtensionCheck
{
    /// <summary>No extension has so many; what takes the longer the more there are is left out then.</summary>
    private const int MaximumUnits = 1000;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var findings = new UnitFindings(extension, reporter);
        var units = extension.Units;
        var hasUnits = units.Own.Count + units.Changed.Count > 0;

        // Only a base says what there is of settings, programs and users.
        var library = hasUnits && extension.BaseTree is { } baseTree ? SystemdLibrary.Find(baseTree) : null;
        new UnitFileCheck(extension, units, library, findings).Check();
        if (units.Own.Count + units.Changed.Count > MaximumUnits)
        {
            findings.Report(ImageDiagnostics.UnitsNotVerified,
                $"'{extension.Name}' has more than {MaximumUnits} units: each file was checked by itself, and nothing was looked for that they name.");
            return;
        }

        new ActivationCheck(extension, units, findings).Check();
        var ordering = new OrderingCheck(extension, units, findings);
        foreach (var unit in units.Own.Select(units.Load))
        {
            ordering.Check(unit);
        }

        if (extension.BaseTree is not null)
        {
            CheckAgainstBase(extension, units, findings);
            if (hasUnits && extension.Definition.VerifyUnits)
            {
                new VerifyCheck(extension, units, library, findings).Check(Environment.GetEnvironmentVariable("PATH") ?? "");
            }
        }
    }

    private static void CheckAgainstBase(CheckedExtension extension, UnitSet units, UnitFindings findings)
    {
        var accounts = Accounts.AreKnown(units.Host) ? new AccountCheck(extension, units, findings) : null;
        var executables = new ExecutableCheck(units, findings);
        foreach (var unit in units.Own.Concat(units.Changed).Select(units.Load))
        {
            executables.Check(unit);
            accounts?.Check(unit);
        }

        accounts?.CheckTemporaryFiles();
    }
}
