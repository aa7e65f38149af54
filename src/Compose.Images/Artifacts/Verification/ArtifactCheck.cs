namespace Compose.Images.Artifacts.Verification;

/// <summary>How a check ended.</summary>
public enum ArtifactCheckResult
{
    /// <summary>All is as it should be.</summary>
    Passed,

    /// <summary>Something is wrong; diagnostics say what.</summary>
    Failed,
}

/// <summary>A check that was made.</summary>
/// <param name="Subject">What was checked: the artifact, or a partition.</param>
/// <param name="Check">Which check: <c>partition-table</c>, <c>squashfs</c>, <c>verity</c>, and others.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Detail">What was looked at, in a few words.</param>
public sealed record ArtifactCheck(string Subject, string Check, ArtifactCheckResult Result, string Detail);
