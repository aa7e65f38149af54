namespace Compose.Diagnostics;

/// <summary>What a project says of severities. It keeps which of the rules were of use; not safe to call from several threads.</summary>
/// <param name="rules">
/// The rules. One that names paths stands above one that names an item, and that above one that names neither; of equals the
/// last one counts.
/// </param>
public sealed class SeverityRules(IEnumerable<SeverityRule> rules)
{
    private readonly SeverityRule[] _rules = [.. rules.OrderBy(rule => rule.Exactness)];
    private readonly HashSet<SeverityRule> _used = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<SeverityRule> _refused = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether a rule has matched something.</summary>
    public bool IsUsed(SeverityRule rule) => _used.Contains(rule);

    /// <summary>Whether a rule would have lowered an error that cannot be lowered.</summary>
    public bool IsRefused(SeverityRule rule) => _refused.Contains(rule);

    /// <summary>The severity that a diagnostic is shown with; null when it is not shown.</summary>
    /// <param name="diagnostic">The diagnostic.</param>
    /// <param name="canBeLowered">Whether an error may become less: that of a check, which ends no work.</param>
    public DiagnosticSeverity? SeverityOf(Diagnostic diagnostic, bool canBeLowered)
    {
        ArgumentNullException.ThrowIfNull(diagnostic);
        var severity = diagnostic.Descriptor.Severity;
        SeverityRule? last = null;
        foreach (var rule in _rules)
        {
            if (rule.Matches(diagnostic))
            {
                _used.Add(rule);
                last = rule;
            }
        }

        if (last is null)
        {
            return severity;
        }

        if (severity == DiagnosticSeverity.Error && last.Severity != DiagnosticSeverity.Error && !canBeLowered)
        {
            _refused.Add(last);
            return severity;
        }

        return last.Severity;
    }
}
