using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Diagnostics;

/// <summary>What a project says of the severity of one kind of diagnostic.</summary>
/// <param name="Code">The code.</param>
/// <param name="Severity">The severity; null when such a diagnostic is not to be shown.</param>
public sealed record SeverityRule(string Code, DiagnosticSeverity? Severity)
{
    /// <summary>Only for what is about an item with this include; null for all.</summary>
    public string? Item { get; init; }

    /// <summary>Only for what is about a path that one of these matches; empty for all, and for what is about no path.</summary>
    public IReadOnlyList<Glob> Paths { get; init; } = [];

    /// <summary>Only for warnings.</summary>
    public bool WarningsOnly { get; init; }

    /// <summary>Of two rules that match, the one counts that says more exactly what it is for.</summary>
    internal int Exactness => Paths.Count > 0 ? 2 : Item is not null ? 1 : 0;

    internal bool Matches(Diagnostic diagnostic) =>
        diagnostic.Descriptor.Code == Code
        && (!WarningsOnly || diagnostic.Descriptor.Severity == DiagnosticSeverity.Warning)
        && (Item is null || diagnostic.Item == Item)
        && (Paths.Count == 0 || MatchesPath(diagnostic.Path));

    private bool MatchesPath(string? path) =>
        path is not null && TreePath.TryParse(Encoding.UTF8.GetBytes(path), out var parsed) && Paths.Any(pattern => pattern.Matches(parsed));
}
