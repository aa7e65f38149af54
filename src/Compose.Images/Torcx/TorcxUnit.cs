using System.Text;
using System.Text.RegularExpressions;
using Compose.FileTrees;

namespace Compose.Images.Torcx;

/// <summary>Frees a unit from torcx: its variables become paths, and what only torcx has is no longer asked for.</summary>
/// <param name="name">The archive's name, as torcx has it.</param>
/// <param name="place">Where a path of the archive goes.</param>
internal sealed partial class TorcxUnit(string name, Func<TreePath, TreePath> place)
{
    private const string Metadata = "/run/metadata/torcx";

    private static readonly string[] Dependencies = ["After", "Before", "Requires", "Requisite", "Wants", "BindsTo", "PartOf", "Upholds"];

    /// <summary>The unit's text without torcx.</summary>
    /// <param name="unit">The text; bytes that are no ASCII stay as they are.</param>
    /// <param name="leftOver">What of torcx it still names.</param>
    public byte[] Convert(ReadOnlySpan<byte> unit, out IReadOnlyList<string> leftOver)
    {
        var text = Encoding.Latin1.GetString(unit);
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            if (ConvertLine(line) is { } converted)
            {
                lines.Add(converted);
            }
        }

        var result = string.Join('\n', lines);
        leftOver = [.. LeftOver().Matches(result).Select(match => match.Value).Distinct()];
        return Encoding.Latin1.GetBytes(result);
    }

    /// <summary>A line without torcx; null when nothing of it is left.</summary>
    private string? ConvertLine(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 || line[0] is '#' or ';' ? "" : line[..equals].Trim();
        var value = equals < 0 ? "" : line[(equals + 1)..].Trim();
        if (key is "EnvironmentFile" or "ConditionPathExists" or "AssertPathExists" && value.TrimStart('-', '|').Trim('"') == Metadata)
        {
            return null;
        }

        if (Dependencies.Contains(key))
        {
            return Without(line, key, value, word => word == "torcx.target");
        }

        var kept = key == "Environment"
            ? Without(line, key, value, word => word.Trim('"', '\'').StartsWith("TORCX_", StringComparison.Ordinal))
            : line;
        return kept is null ? null : Variables().Replace(kept, Replace);
    }

    private static string? Without(string line, string key, string value, Func<string, bool> isTorcx)
    {
        var words = Words().Matches(value).Select(match => match.Value).ToArray();
        var kept = words.Where(word => !isTorcx(word)).ToArray();
        return kept.Length == words.Length ? line : kept.Length == 0 ? null : $"{key}={string.Join(' ', kept)}";
    }

    private string Replace(Match match)
    {
        if (match.Groups["programs"].Success)
        {
            return "/" + TorcxPlaces.Programs;
        }

        // The folder of all archives says nothing without an archive's name.
        var path = match.Groups["path"].Value;
        if (!match.Groups["own"].Success)
        {
            var prefix = "/" + name;
            if (path != prefix && !path.StartsWith(prefix + "/", StringComparison.Ordinal))
            {
                return match.Value;
            }

            path = path[prefix.Length..];
        }

        return TreePath.TryParse(Encoding.Latin1.GetBytes(path), out var parsed)
            ? "/" + Encoding.Latin1.GetString(place(parsed).Bytes) + (path.Length > 1 && path.EndsWith('/') ? "/" : "")
            : match.Value;
    }

    /// <summary>The folder of programs, or that of the archives with the path that follows.</summary>
    [GeneratedRegex(
        """(?<programs>\$\{TORCX_BINDIR\}|\$TORCX_BINDIR\b|/run/torcx/bin\b)|(?:\$\{TORCX_UNPACKDIR\}|\$TORCX_UNPACKDIR\b|/run/torcx/unpack\b)(?:/*(?<own>\$\{TORCX_IMAGEDIR\}|\$TORCX_IMAGEDIR\b))?(?<path>[^\s"':;,]*)""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Variables();

    [GeneratedRegex("""\$\{?TORCX_[A-Z_]+\}?|/run/torcx[^\s"':;,]*|/run/metadata/torcx|\btorcx\.target\b""", RegexOptions.CultureInvariant)]
    private static partial Regex LeftOver();

    /// <summary>Words as systemd separates them: by blanks outside of quotes.</summary>
    [GeneratedRegex("""(?:"[^"]*"|'[^']*'|[^\s"'])+""", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
