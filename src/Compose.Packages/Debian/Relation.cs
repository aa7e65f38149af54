namespace Compose.Packages.Debian;

/// <summary>How a relation compares versions.</summary>
public enum VersionComparison
{
    /// <summary>Any version will do.</summary>
    Any,

    /// <summary><c>&lt;&lt;</c></summary>
    Earlier,

    /// <summary><c>&lt;=</c></summary>
    EarlierOrEqual,

    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>&gt;=</c></summary>
    LaterOrEqual,

    /// <summary><c>&gt;&gt;</c></summary>
    Later,
}

/// <summary>One alternative of a relation field: <c>name:qualifier (>= version)</c> (Debian Policy 7.1).</summary>
/// <param name="Name">The package's or virtual package's name.</param>
/// <param name="Qualifier">The architecture qualifier (<c>any</c>, <c>native</c> or an architecture), or null.</param>
/// <param name="Comparison">How to compare.</param>
/// <param name="Version">What to compare with; null when any version will do.</param>
public sealed record Relation(string Name, string? Qualifier, VersionComparison Comparison, DebianVersion? Version)
{
    /// <summary>Whether a version fits.</summary>
    public bool Accepts(DebianVersion version) => Comparison switch
    {
        VersionComparison.Any => true,
        VersionComparison.Earlier => version < Version!,
        VersionComparison.EarlierOrEqual => version <= Version!,
        VersionComparison.Equal => version == Version,
        VersionComparison.LaterOrEqual => version >= Version!,
        _ => version > Version!,
    };

    /// <summary>The relation as Debian writes it.</summary>
    public override string ToString()
    {
        var name = Qualifier is null ? Name : $"{Name}:{Qualifier}";
        var sign = Comparison switch
        {
            VersionComparison.Any => null,
            VersionComparison.Earlier => "<<",
            VersionComparison.EarlierOrEqual => "<=",
            VersionComparison.Equal => "=",
            VersionComparison.LaterOrEqual => ">=",
            _ => ">>",
        };
        return sign is null ? name : $"{name} ({sign} {Version})";
    }
}

/// <summary>A group of alternatives, of which one has to hold: <c>a | b (>= 2)</c>.</summary>
/// <param name="Alternatives">The alternatives in order of preference; at least one.</param>
public sealed record RelationGroup(IReadOnlyList<Relation> Alternatives)
{
    /// <summary>The group as Debian writes it.</summary>
    public override string ToString() => string.Join(" | ", Alternatives);
}
