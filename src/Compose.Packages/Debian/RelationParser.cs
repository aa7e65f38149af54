namespace Compose.Packages.Debian;

/// <summary>
/// Reads relation fields: groups separated by commas, alternatives by bars, each with an optional architecture qualifier,
/// version, list of architectures and build profiles (Debian Policy 7.1).
/// </summary>
public static class RelationParser
{
    /// <summary>Reads a field such as <c>Depends</c> or <c>Provides</c>.</summary>
    /// <param name="field">The field's value; null or empty gives no groups.</param>
    /// <param name="architecture">The architecture for which restrictions like <c>[amd64]</c> are decided.</param>
    /// <exception cref="FormatException">The field is malformed.</exception>
    public static IReadOnlyList<RelationGroup> Parse(string? field, string architecture)
    {
        if (string.IsNullOrWhiteSpace(field))
        {
            return [];
        }

        var groups = new List<RelationGroup>();
        foreach (var group in field.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var alternatives = new List<Relation>();
            foreach (var alternative in group.Split('|', StringSplitOptions.TrimEntries))
            {
                if (ParseAlternative(alternative, architecture) is { } relation)
                {
                    alternatives.Add(relation);
                }
            }

            // A group whose every alternative is for other architectures does not apply.
            if (alternatives.Count > 0)
            {
                groups.Add(new RelationGroup(alternatives));
            }
        }

        return groups;
    }

    private static Relation? ParseAlternative(ReadOnlySpan<char> text, string architecture)
    {
        var whole = text.ToString();
        var applies = TakeRestriction(ref text, '<', '>', whole) is not { } profiles || ProfilesApply(profiles);
        while (TakeRestriction(ref text, '<', '>', whole) is { } more)
        {
            // Several profile lists are alternatives: one that applies is enough.
            applies |= ProfilesApply(more);
        }

        applies &= TakeRestriction(ref text, '[', ']', whole) is not { } architectures || ArchitecturesApply(architectures, architecture);
        var constraint = TakeRestriction(ref text, '(', ')', whole);
        var (name, qualifier) = SplitName(text, whole);
        if (!applies)
        {
            return null;
        }

        return constraint is null
            ? new Relation(name, qualifier, VersionComparison.Any, null)
            : Constrained(name, qualifier, constraint, whole);
    }

    private static FormatException Malformed(string whole) => new($"The relation '{whole}' is malformed.");

    /// <summary>Takes a bracketed part from the text's end, if it ends in one.</summary>
    private static string? TakeRestriction(ref ReadOnlySpan<char> text, char open, char close, string whole)
    {
        if (text.IsEmpty || text[^1] != close)
        {
            return null;
        }

        var start = text.LastIndexOf(open);

        // "(<< 1)" ends in a parenthesis, never in an angle: a version's signs are not taken for a profile.
        if (start < 0)
        {
            throw Malformed(whole);
        }

        var inner = text[(start + 1)..^1].Trim().ToString();
        text = text[..start].TrimEnd();
        return inner;
    }

    private static (string Name, string? Qualifier) SplitName(ReadOnlySpan<char> text, string whole)
    {
        var colon = text.IndexOf(':');
        var name = colon < 0 ? text : text[..colon];
        if (!IsName(name) || (colon >= 0 && !IsName(text[(colon + 1)..])))
        {
            throw Malformed(whole);
        }

        return (name.ToString(), colon < 0 ? null : text[(colon + 1)..].ToString());
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.' or '_'))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }

    private static Relation Constrained(string name, string? qualifier, string constraint, string whole)
    {
        var signs = constraint.AsSpan().IndexOfAnyExcept("<>=");
        if (signs < 1 || !DebianVersion.TryParse(constraint[signs..].TrimStart(), out var version))
        {
            throw Malformed(whole);
        }

        var comparison = constraint[..signs] switch
        {
            "<<" => VersionComparison.Earlier,
            "<=" or "<" => VersionComparison.EarlierOrEqual,
            "=" => VersionComparison.Equal,
            ">=" or ">" => VersionComparison.LaterOrEqual,
            ">>" => VersionComparison.Later,
            _ => throw Malformed(whole),
        };
        return new Relation(name, qualifier, comparison, version);
    }

    /// <summary>No build profile is ever active: <c>!nocheck</c> applies, <c>nocheck</c> does not.</summary>
    private static bool ProfilesApply(string profiles) =>
        profiles.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(profile => profile[0] == '!');

    private static bool ArchitecturesApply(string list, string architecture)
    {
        var names = list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return names.Any(name => name[0] == '!')
            ? !names.Any(name => Matches(name[1..], architecture))
            : names.Any(name => Matches(name, architecture));

        static bool Matches(string pattern, string architecture) =>
            pattern is "any" or "linux-any" || pattern == architecture || pattern == $"any-{architecture}" || pattern == $"linux-{architecture}";
    }
}
