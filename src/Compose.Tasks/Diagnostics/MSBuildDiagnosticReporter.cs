using Compose.Diagnostics;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Compose.Tasks.Diagnostics;

/// <summary>
/// Shows findings as MSBuild's errors, warnings and messages, at the item that caused them and with the severity that the project
/// wants.
/// </summary>
internal sealed class MSBuildDiagnosticReporter(
    TaskLoggingHelper log, ItemLocator locator, SeverityItems severities, MessageImportance importance) : IDiagnosticReporter
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic)
    {
        lock (_lock)
        {
            Show(diagnostic, severities.Rules.SeverityOf(diagnostic, canBeLowered: false));
        }
    }

    /// <inheritdoc/>
    public void ReportFindings(IReadOnlyList<Diagnostic> findings)
    {
        lock (_lock)
        {
            // What is of one severity is of one group: a severity may be for some of the paths only.
            var shown = new List<Diagnostic>();
            foreach (var finding in findings)
            {
                if (severities.Rules.SeverityOf(finding, canBeLowered: true) is { } severity)
                {
                    shown.Add(finding with { Descriptor = finding.Descriptor with { Severity = severity } });
                }
                else
                {
                    Show(finding, null);
                }
            }

            foreach (var finding in FindingGroups.Merge(shown))
            {
                Show(finding, finding.Descriptor.Severity);
            }
        }
    }

    private void Show(Diagnostic diagnostic, DiagnosticSeverity? severity)
    {
        var code = diagnostic.Descriptor.Code;
        var place = diagnostic.SourceFile is { } file
            ? new SourcePlace(file, diagnostic.SourceLine, 0)
            : locator.Find(diagnostic.Item, diagnostic.Traits);
        switch (severity)
        {
            case DiagnosticSeverity.Error:
                log.LogError(null, code, null, DocumentationPage.For(code), place.File, place.Line, place.Column, 0, 0, "{0}", diagnostic.Message);
                break;
            case DiagnosticSeverity.Warning:
                log.LogWarning(null, code, null, DocumentationPage.For(code), place.File, place.Line, place.Column, 0, 0, "{0}", diagnostic.Message);
                break;
            default:
                // What is not to be shown is in detailed logs all the same, as it is when MSBuild itself silences a warning.
                var rank = severity is null ? MessageImportance.Low : importance;
                log.LogMessage(null, code, null, place.File, place.Line, place.Column, 0, 0, rank, "{0}", diagnostic.Message);
                break;
        }
    }
}
