using Compose.Diagnostics;
using Compose.Images.Artifacts.Verification;
using Compose.Tool.Artifacts;

namespace Compose.Tool.Verify;

/// <summary>What <c>compose verify</c> found.</summary>
/// <param name="Input">The image as on the command line.</param>
/// <param name="IsWhole">Whether every check passed.</param>
/// <param name="Checks">The checks that were made.</param>
/// <param name="Problems">What is wrong.</param>
internal sealed record VerifyResult(string Input, bool IsWhole, IReadOnlyList<VerifyCheck> Checks, IReadOnlyList<VerifyProblem> Problems)
{
    public static VerifyResult Of(string input, IReadOnlyList<ArtifactCheck> checks, CollectingReporter reporter) => new(
        input,
        !reporter.HasErrors && checks.All(check => check.Result == ArtifactCheckResult.Passed),
        [.. checks.Select(check => new VerifyCheck(
            check.Subject, check.Check, check.Result == ArtifactCheckResult.Passed ? "passed" : "failed", check.Detail))],
        [.. reporter.Diagnostics.Select(diagnostic => new VerifyProblem(
            diagnostic.Descriptor.Code, diagnostic.Descriptor.Severity == DiagnosticSeverity.Error ? "error" : "warning", diagnostic.Message))]);
}

/// <summary>A check that was made.</summary>
/// <param name="Subject">What was checked.</param>
/// <param name="Check">Which check.</param>
/// <param name="Result"><c>passed</c> or <c>failed</c>.</param>
/// <param name="Detail">What was looked at.</param>
internal sealed record VerifyCheck(string Subject, string Check, string Result, string Detail);

/// <summary>What is wrong.</summary>
/// <param name="Code">The diagnostic's code.</param>
/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Message">What is wrong and what to do.</param>
internal sealed record VerifyProblem(string Code, string Severity, string Message);
