using System.Text;

namespace Compose.FileTrees.Operations;

/// <summary>
/// A pattern for paths in a tree: <c>*</c> matches any bytes of one component, <c>?</c> one byte, <c>[a-z]</c> and
/// <c>[!a-z]</c> one byte of a set, and <c>**</c> as a whole component any number of components. A pattern that matches a
/// directory matches everything below it too. Matching is by bytes and by case.
/// </summary>
public sealed class Glob
{
    private static readonly byte[] AnyDepth = "**"u8.ToArray();

    private readonly byte[][] _components;

    /// <summary>Reads a pattern; a leading slash is allowed.</summary>
    /// <exception cref="FormatException">The pattern is empty, has a <c>..</c> component or an open bracket.</exception>
    public Glob(string pattern)
    {
        Pattern = pattern;
        if (!TreePath.TryParse(Encoding.UTF8.GetBytes(pattern), out var path) || path.IsRoot)
        {
            throw new FormatException($"'{pattern}' is not a pattern for paths.");
        }

        var components = new List<byte[]>();
        foreach (var range in path.Bytes.Split((byte)'/'))
        {
            var component = path.Bytes[range].ToArray();
            if (component.AsSpan().IndexOf((byte)'[') is >= 0 and var open && component.AsSpan(open).IndexOf((byte)']') < 0)
            {
                throw new FormatException($"'{pattern}' has a '[' without a ']'.");
            }

            components.Add(component);
        }

        _components = [.. components];
    }

    /// <summary>The pattern's text.</summary>
    public string Pattern { get; }

    /// <summary>Whether the path, or a directory above it, matches.</summary>
    public bool Matches(TreePath path) => MatchComponents(_components, path.Bytes);

    /// <inheritdoc/>
    public override string ToString() => Pattern;

    private static bool MatchComponents(ReadOnlySpan<byte[]> pattern, ReadOnlySpan<byte> path)
    {
        while (!pattern.IsEmpty)
        {
            if (pattern[0].AsSpan().SequenceEqual(AnyDepth))
            {
                return MatchAnyDepth(pattern[1..], path);
            }

            if (path.IsEmpty || !MatchName(pattern[0], TakeComponent(ref path)))
            {
                return false;
            }

            pattern = pattern[1..];
        }

        return true;
    }

    private static bool MatchAnyDepth(ReadOnlySpan<byte[]> rest, ReadOnlySpan<byte> path)
    {
        // Runs of ** are one: this keeps the number of tries below (components of the path) ^ (separate **).
        while (!rest.IsEmpty && rest[0].AsSpan().SequenceEqual(AnyDepth))
        {
            rest = rest[1..];
        }

        if (rest.IsEmpty)
        {
            return !path.IsEmpty;
        }

        while (!path.IsEmpty)
        {
            if (MatchComponents(rest, path))
            {
                return true;
            }

            TakeComponent(ref path);
        }

        return false;
    }

    private static ReadOnlySpan<byte> TakeComponent(ref ReadOnlySpan<byte> path)
    {
        var slash = path.IndexOf((byte)'/');
        var component = slash < 0 ? path : path[..slash];
        path = slash < 0 ? [] : path[(slash + 1)..];
        return component;
    }

    /// <summary>The usual two-pointer walk: it goes back to the last star only, so it is at worst quadratic.</summary>
    private static bool MatchName(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        int p = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && MatchOne(pattern[p..], name[n], out var used))
            {
                p += used;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].IndexOfAnyExcept((byte)'*') < 0;
    }

    private static bool MatchOne(ReadOnlySpan<byte> pattern, byte value, out int used)
    {
        used = 1;
        if (pattern[0] == '?')
        {
            return true;
        }

        var close = pattern[0] == '[' && pattern.Length > 2 ? pattern[2..].IndexOf((byte)']') + 2 : 1;
        if (close < 2)
        {
            return pattern[0] == value;
        }

        used = close + 1;
        var set = pattern[1..close];
        var negated = set[0] == '!';
        set = negated ? set[1..] : set;
        var found = false;
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                found |= set[i] <= value && value <= set[i + 2];
                i += 2;
            }
            else
            {
                found |= set[i] == value;
            }
        }

        return found != negated;
    }
}
