using Compose.Diagnostics;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Compose.Tasks.Diagnostics;

/// <summary>Shows findings as MSBuild's errors, warnings and messages, at the item that caused them.</summary>
internal sealed class MSBuildDiagnosticReporter(TaskLoggingHelper log, ItemLocator locator, MessageImportance importance) : IDiagnosticReporter
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void Report(Diagnostic diagnostic)
    {
        var code = diagnostic.Descriptor.Code;
        var place = diagnostic.SourceFile is { } file
            ? new SourcePlace(file, diagnostic.SourceLine, 0)
            : locator.Find(diagnostic.Item, diagnostic.Traits);
        lock (_lock)
        {
            switch (diagnostic.Descriptor.Severity)
            {
                case DiagnosticSeverity.Error:
                    log.LogError(null, code, null, DocumentationPage.For(code), place.File, place.Line, place.Column, 0, 0, "{0}", diagnostic.Message);
                    break;
                case DiagnosticSeverity.Warning:
                    log.LogWarning(null, code, null, DocumentationPage.For(code), place.File, place.Line, place.Column, 0, 0, "{0}", diagnostic.Message);
                    break;
                default:
                    log.LogMessage(null, code, null, place.File, place.Line, place.Column, 0, 0, importance, "{0}", diagnostic.Message);
                    break;
            }
        }
    }
}
