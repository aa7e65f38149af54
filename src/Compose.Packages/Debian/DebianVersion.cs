using System.Diagnostics.CodeAnalysis;

namespace Compose.Packages.Debian;

/// <summary>
/// A Debian package version, <c>[epoch:]upstream[-revision]</c>, ordered as Debian Policy 5.6.12 says. Versions that are
/// equal in that order (<c>1.0</c> and <c>0:1.0-0</c>) are equal.
/// </summary>
public sealed class DebianVersion : IComparable<DebianVersion>, IEquatable<DebianVersion>
{
    private readonly string _text;
    private readonly int _upstreamStart;
    private readonly int _upstreamEnd;

    private DebianVersion(string text, uint epoch, int upstreamStart, int upstreamEnd)
    {
        _text = text;
        Epoch = epoch;
        _upstreamStart = upstreamStart;
        _upstreamEnd = upstreamEnd;
    }

    /// <summary>The epoch; 0 when there is none.</summary>
    public uint Epoch { get; }

    /// <summary>The upstream version: without epoch and revision.</summary>
    public string Upstream => _text[_upstreamStart.._upstreamEnd];

    /// <summary>The Debian revision; empty when there is none.</summary>
    public string Revision => _upstreamEnd == _text.Length ? string.Empty : _text[(_upstreamEnd + 1)..];

    /// <summary>Reads a version.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DebianVersion Parse(string text) =>
        TryParse(text, out var version) ? version : throw new FormatException($"'{text}' is not a Debian version.");

    /// <summary>Reads a version.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DebianVersion? version)
    {
        version = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var epoch = 0u;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0
            && !(uint.TryParse(text.AsSpan(0, colon), System.Globalization.NumberStyles.None, null, out epoch) && epoch <= int.MaxValue))
        {
            return false;
        }

        var start = colon + 1;
        var dash = text.LastIndexOf('-');
        var end = dash >= start ? dash : text.Length;

        // dpkg warns when the upstream version does not begin with a digit, and accepts it.
        if (end == start || dash == text.Length - 1
            || !IsMadeOf(text.AsSpan(start, end - start), ".+~-:") || (dash >= start && !IsMadeOf(text.AsSpan(dash + 1), ".+~")))
        {
            return false;
        }

        version = new DebianVersion(text, epoch, start, end);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(DebianVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        var epochs = Epoch.CompareTo(other.Epoch);
        if (epochs != 0)
        {
            return epochs;
        }

        var upstream = ComparePart(UpstreamSpan, other.UpstreamSpan);
        return upstream != 0 ? upstream : ComparePart(RevisionSpan, other.RevisionSpan);
    }

    /// <inheritdoc/>
    public bool Equals(DebianVersion? other) => CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DebianVersion);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        // Equal versions may differ in leading zeros and in "0:" and "-0": only what they cannot differ in counts.
        var hash = default(HashCode);
        hash.Add(Epoch);
        foreach (var c in UpstreamSpan)
        {
            if (!char.IsAsciiDigit(c))
            {
                hash.Add(c);
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>The version as it was written.</summary>
    public override string ToString() => _text;

    /// <summary>Compares for equality.</summary>
    public static bool operator ==(DebianVersion? left, DebianVersion? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Compares for inequality.</summary>
    public static bool operator !=(DebianVersion? left, DebianVersion? right) => !(left == right);

    /// <summary>Compares in the order of versions.</summary>
    public static bool operator <(DebianVersion left, DebianVersion right) => left.CompareTo(right) < 0;

    /// <summary>Compares in the order of versions.</summary>
    public static bool operator >(DebianVersion left, DebianVersion right) => left.CompareTo(right) > 0;

    /// <summary>Compares in the order of versions.</summary>
    public static bool operator <=(DebianVersion left, DebianVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Compares in the order of versions.</summary>
    public static bool operator >=(DebianVersion left, DebianVersion right) => left.CompareTo(right) >= 0;

    private ReadOnlySpan<char> UpstreamSpan => _text.AsSpan(_upstreamStart, _upstreamEnd - _upstreamStart);

    private ReadOnlySpan<char> RevisionSpan => _upstreamEnd == _text.Length ? [] : _text.AsSpan(_upstreamEnd + 1);

    private static bool IsMadeOf(ReadOnlySpan<char> text, string punctuation)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !punctuation.Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Compares by turns a run of non-digits, character by character, and a run of digits, as a number.</summary>
    private static int ComparePart(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        while (!left.IsEmpty || !right.IsEmpty)
        {
            while (StartsWithNonDigit(left) || StartsWithNonDigit(right))
            {
                var order = Weight(left).CompareTo(Weight(right));
                if (order != 0)
                {
                    return order;
                }

                left = left[1..];
                right = right[1..];
            }

            var numbers = CompareNumbers(TakeNumber(ref left), TakeNumber(ref right));
            if (numbers != 0)
            {
                return numbers;
            }
        }

        return 0;
    }

    private static bool StartsWithNonDigit(ReadOnlySpan<char> text) => !text.IsEmpty && !char.IsAsciiDigit(text[0]);

    /// <summary>A tilde sorts before the end, the end and digits before letters, letters before the rest.</summary>
    private static int Weight(ReadOnlySpan<char> text) =>
        text.IsEmpty || char.IsAsciiDigit(text[0]) ? 0
        : text[0] == '~' ? -1
        : char.IsAsciiLetter(text[0]) ? text[0]
        : text[0] + 256;

    /// <summary>Takes the digits at the start, without leading zeros. They may be too many for any integer type.</summary>
    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return digits.TrimStart('0');
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
}
