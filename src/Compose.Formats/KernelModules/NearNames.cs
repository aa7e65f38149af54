namespace Compose.Formats.KernelModules;

/// <summary>Finds what somebody may have meant by a name that does not exist.</summary>
internal static class NearNames
{
    private const int MaximumNames = 5;

    /// <summary>Up to five names, the nearest first: few letters apart, or one beginning with the other.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> candidates)
    {
        // A third of the letters may be wrong.
        var limit = Math.Max(1, name.Length / 3);
        return [.. candidates
            .Distinct(StringComparer.Ordinal)
            .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate, limit)))
            .Where(pair => pair.Distance <= limit)
            .OrderBy(pair => pair.Distance)
            .ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
            .Take(MaximumNames)
            .Select(pair => pair.Candidate)];
    }

    private static int Distance(string left, string right, int limit)
    {
        if (left.Length >= 3 && right.Length >= 3
            && (left.StartsWith(right, StringComparison.Ordinal) || right.StartsWith(left, StringComparison.Ordinal)))
        {
            return limit;
        }

        return Math.Abs(left.Length - right.Length) > limit ? int.MaxValue : EditDistance(left, right);
    }

    /// <summary>The number of letters to insert, delete or replace (Levenshtein).</summary>
    private static int EditDistance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
