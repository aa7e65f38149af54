using System.Buffers;
using System.Globalization;
using System.Text;

namespace Compose.Formats.Fat;

/// <summary>
/// Gives the files of one directory their 8.3 names. Names that are such names as they stand must be taken first, so that no
/// made-up one takes their place.
/// </summary>
internal sealed class FatShortNames
{
    public const int Length = BaseLength + ExtensionLength;

    private const int BaseLength = 8;
    private const int ExtensionLength = 3;
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()-@^_`{}~");

    private readonly HashSet<string> _taken = [];
    private readonly Dictionary<string, int> _lastTail = [];

    /// <summary>Whether a name needs no long name beside its short one.</summary>
    public static bool IsShort(string name) =>
        Pad(name, out var lossy) is { } padded && !lossy && name == Text(padded);

    /// <summary>Takes a name that <see cref="IsShort"/>.</summary>
    public string Take(string name)
    {
        var padded = Pad(name, out _);
        _taken.Add(padded);
        return padded;
    }

    /// <summary>Makes a short name for a long one: 11 characters, padded with spaces, without the dot.</summary>
    public string Make(string name)
    {
        var padded = Pad(name.ToUpperInvariant(), out var lossy);
        if (!lossy && _taken.Add(padded))
        {
            return padded;
        }

        var stem = padded[..BaseLength].TrimEnd();
        var extension = padded[BaseLength..];
        var key = stem[..Math.Min(stem.Length, 2)] + extension;
        for (var tail = _lastTail.GetValueOrDefault(key) + 1; ; tail++)
        {
            var suffix = "~" + tail.ToString(CultureInfo.InvariantCulture);
            var candidate = (stem[..Math.Min(stem.Length, BaseLength - suffix.Length)] + suffix).PadRight(BaseLength) + extension;
            if (_taken.Add(candidate))
            {
                _lastTail[key] = tail;
                return candidate;
            }
        }
    }

    /// <summary>The first eight and three characters as FAT stores them; lossy if the name cannot be had back from them.</summary>
    private static string Pad(string name, out bool lossy)
    {
        var dot = name.LastIndexOf('.');
        var stem = Replace(dot < 0 ? name : name[..dot], out var lossyStem);
        var extension = Replace(dot < 0 ? string.Empty : name[(dot + 1)..], out var lossyExtension);
        lossy = lossyStem || lossyExtension || stem.Length is 0 or > BaseLength || extension.Length > ExtensionLength
            || (dot >= 0 && extension.Length == 0);
        if (stem.Length == 0)
        {
            stem = "_";
        }

        return stem[..Math.Min(stem.Length, BaseLength)].PadRight(BaseLength)
            + extension[..Math.Min(extension.Length, ExtensionLength)].PadRight(ExtensionLength);
    }

    private static string Replace(string part, out bool lossy)
    {
        lossy = part.AsSpan().ContainsAnyExcept(Allowed);
        if (!lossy)
        {
            return part;
        }

        var text = new StringBuilder(part.Length);
        foreach (var value in part)
        {
            if (Allowed.Contains(value))
            {
                text.Append(value);
            }
            else if (value is not (' ' or '.'))
            {
                text.Append('_');
            }
        }

        return text.ToString();
    }

    private static string Text(string padded)
    {
        var extension = padded[BaseLength..].TrimEnd();
        return padded[..BaseLength].TrimEnd() + (extension.Length == 0 ? string.Empty : "." + extension);
    }
}
