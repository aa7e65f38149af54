using System.Globalization;
using Compose.Diagnostics;
using Compose.SquashFs;
using Compose.Tasks.Diagnostics;

namespace Compose.Tasks.Parameters;

/// <summary>Reads what authors write into properties. An empty text stands for a property that is not set.</summary>
internal static class PropertyValue
{
    /// <summary>The text, or null when it is empty.</summary>
    public static string? Text(string text) => text.Length == 0 ? null : text;

    /// <summary>A whole number, or null.</summary>
    /// <exception cref="DiagnosticException">It is none, or outside the range.</exception>
    public static long? Integer(string name, string text, long minimum, long maximum)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw Bad(name, text, $"a number from {minimum} to {maximum}");
    }

    /// <summary>A size in bytes with an optional suffix K, M, G or T (powers of 1024), or null.</summary>
    /// <exception cref="DiagnosticException">It is none.</exception>
    public static long? Size(string name, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        var exponent = "KMGT".IndexOf(char.ToUpperInvariant(text[^1])) + 1;
        var digits = exponent == 0 ? text : text[..^1];
        var unit = 1L << (10 * exponent);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 && value <= long.MaxValue / unit
            ? value * unit
            : throw Bad(name, text, "a size such as 2G or 512M");
    }

    /// <summary>True, false or null.</summary>
    /// <exception cref="DiagnosticException">It is neither.</exception>
    public static bool? Boolean(string name, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return bool.TryParse(text, out var value) ? value : throw Bad(name, text, "true or false");
    }

    /// <summary>One of several words.</summary>
    /// <exception cref="DiagnosticException">It is another.</exception>
    public static T Choice<T>(string name, string text, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var words = new List<string>();
        foreach (var (word, value) in choices)
        {
            if (word == text)
            {
                return value;
            }

            words.Add(word);
        }

        throw Bad(name, text, string.Join(", ", words));
    }

    /// <summary>A compression of squashfs, and its level where one is given.</summary>
    /// <exception cref="DiagnosticException">There is no such compression, or it has no such level.</exception>
    public static SquashFsCompression Compression(string name, string text, string levelName, string level)
    {
        if (!SquashFsCompression.TryParse(text, out var compression))
        {
            throw Bad(name, text, string.Join(", ", SquashFsCompression.Names));
        }

        if (level.Length == 0)
        {
            return compression;
        }

        return compression.Levels is { } levels
            ? compression.WithLevel((int)Integer(levelName, level, levels.Minimum, levels.Maximum)!.Value)
            : throw Bad(levelName, level, $"nothing, as the compression '{text}' has no levels");
    }

    /// <summary>The finding that a value is wrong.</summary>
    public static DiagnosticException Bad(string name, string text, string expected) =>
        new(TaskDiagnostics.BadProperty.Create($"'{text}' is not a value of {name}. It can be: {expected}."));
}
