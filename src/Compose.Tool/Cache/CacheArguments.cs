using System.CommandLine.Parsing;
using System.Globalization;

namespace Compose.Tool.Cache;

/// <summary>Reads the values of options that are more than a name.</summary>
internal static class CacheArguments
{
    private const int MaximumDays = 100_000;

    /// <summary>A size in bytes: a number, with K, M, G or T (powers of 1024) behind it or nothing.</summary>
    public static long? Size(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var exponent = text.Length == 0 ? 0 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) + 1;
        var unit = 1L << (10 * exponent);
        if (long.TryParse(exponent == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= long.MaxValue / unit)
        {
            return count * unit;
        }

        result.AddError($"'{text}' is not a size. Write a number of bytes, or one with K, M, G or T behind it.");
        return null;
    }

    /// <summary>A number of days.</summary>
    public static int? Days(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days <= MaximumDays)
        {
            return days;
        }

        result.AddError($"'{text}' is not a number of days. Choose 0 to {MaximumDays}.");
        return null;
    }
}
