using System.Text;

namespace Compose.FileTrees;

/// <summary>
/// A path inside a <see cref="FileTree"/>: bytes, as Linux sees them. Components are separated by <c>/</c>; there is no
/// leading or trailing slash and no empty, <c>.</c> or <c>..</c> component. The empty path is the root.
/// </summary>
/// <remarks>
/// The order is that of a walk in pre-order with siblings sorted by bytes: <c>/</c> sorts before every other byte, so a
/// directory is directly followed by everything below it.
/// </remarks>
public readonly struct TreePath : IEquatable<TreePath>, IComparable<TreePath>
{
    private const byte Separator = (byte)'/';

    private readonly byte[]? _bytes;

    private TreePath(byte[] bytes) => _bytes = bytes;

    /// <summary>The root of a tree: the empty path.</summary>
    public static TreePath Root => default;

    /// <summary>The path's bytes, without a leading slash.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The path's bytes, to be kept.</summary>
    internal ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>Whether this is the root.</summary>
    public bool IsRoot => Bytes.IsEmpty;

    /// <summary>The last component; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf(Separator) + 1)..];

    /// <summary>The number of components; 0 for the root.</summary>
    public int Depth => IsRoot ? 0 : Bytes.Count(Separator) + 1;

    /// <summary>The directory that holds this path; the root's parent is the root.</summary>
    public TreePath Parent
    {
        get
        {
            var slash = Bytes.LastIndexOf(Separator);
            return slash < 0 ? Root : new TreePath(Bytes[..slash].ToArray());
        }
    }

    /// <summary>Reads a path from text. A leading <c>/</c> or <c>./</c> and a trailing slash are accepted.</summary>
    /// <exception cref="FormatException">The text holds a <c>..</c> component or a NUL.</exception>
    public static TreePath Parse(string text) =>
        TryParse(Encoding.UTF8.GetBytes(text), out var path)
            ? path
            : throw new FormatException($"'{text}' is not a path inside a file tree: '..' and NUL are not allowed.");

    /// <summary>
    /// Reads a path from bytes, as archives hold them. Leading, trailing and doubled slashes and <c>.</c> components are
    /// dropped; a <c>..</c> component or a NUL makes it fail.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out TreePath path)
    {
        path = default;
        if (text.Contains((byte)0))
        {
            return false;
        }

        var buffer = new byte[text.Length];
        var length = 0;
        foreach (var range in text.Split(Separator))
        {
            var component = text[range];
            if (component.IsEmpty || component.SequenceEqual("."u8))
            {
                continue;
            }

            if (component.SequenceEqual(".."u8))
            {
                return false;
            }

            if (length > 0)
            {
                buffer[length++] = Separator;
            }

            component.CopyTo(buffer.AsSpan(length));
            length += component.Length;
        }

        path = new TreePath(length == buffer.Length ? buffer : buffer[..length]);
        return true;
    }

    /// <summary>The path of an entry called <paramref name="name"/> in this directory.</summary>
    /// <exception cref="FormatException">The name is empty, <c>.</c> or <c>..</c>, or holds a slash or NUL.</exception>
    public TreePath Child(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.IndexOfAny((byte)0, Separator) >= 0 || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new FormatException($"'{Describe(name)}' is not a file name.");
        }

        return new TreePath(IsRoot ? name.ToArray() : [.. Bytes, Separator, .. name]);
    }

    /// <inheritdoc cref="Child(ReadOnlySpan{byte})"/>
    public TreePath Child(string name) => Child(Encoding.UTF8.GetBytes(name));

    /// <summary>This path with <paramref name="relative"/> appended.</summary>
    public TreePath Append(TreePath relative) =>
        IsRoot ? relative : relative.IsRoot ? this : new TreePath([.. Bytes, Separator, .. relative.Bytes]);

    /// <summary>Whether this path is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsWithin(TreePath ancestor) =>
        ancestor.IsRoot
        || (Bytes.StartsWith(ancestor.Bytes)
            && (Bytes.Length == ancestor.Bytes.Length || Bytes[ancestor.Bytes.Length] == Separator));

    /// <summary>This path as seen from <paramref name="ancestor"/>.</summary>
    /// <exception cref="ArgumentException">This path does not lie within <paramref name="ancestor"/>.</exception>
    public TreePath RelativeTo(TreePath ancestor)
    {
        if (!IsWithin(ancestor))
        {
            throw new ArgumentException($"'{this}' is not within '{ancestor}'.", nameof(ancestor));
        }

        return ancestor.IsRoot ? this
            : Bytes.Length == ancestor.Bytes.Length ? Root
            : new TreePath(Bytes[(ancestor.Bytes.Length + 1)..].ToArray());
    }

    /// <inheritdoc/>
    public int CompareTo(TreePath other)
    {
        var left = Bytes;
        var right = other.Bytes;
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        return Rank(left[common]).CompareTo(Rank(right[common]));

        static int Rank(byte value) => value == Separator ? 0 : value;
    }

    /// <inheritdoc/>
    public bool Equals(TreePath other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TreePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The path for people: UTF-8 where it is, <c>\xNN</c> for each byte that is not.</summary>
    public override string ToString() => Describe(Bytes);

    /// <summary>Compares for equality.</summary>
    public static bool operator ==(TreePath left, TreePath right) => left.Equals(right);

    /// <summary>Compares for inequality.</summary>
    public static bool operator !=(TreePath left, TreePath right) => !left.Equals(right);

    /// <summary>Compares in the order of a walk.</summary>
    public static bool operator <(TreePath left, TreePath right) => left.CompareTo(right) < 0;

    /// <summary>Compares in the order of a walk.</summary>
    public static bool operator >(TreePath left, TreePath right) => left.CompareTo(right) > 0;

    /// <summary>Compares in the order of a walk.</summary>
    public static bool operator <=(TreePath left, TreePath right) => left.CompareTo(right) <= 0;

    /// <summary>Compares in the order of a walk.</summary>
    public static bool operator >=(TreePath left, TreePath right) => left.CompareTo(right) >= 0;

    /// <summary>Text for people of any bytes of a path: UTF-8 where it is, <c>\xNN</c> for other and control bytes.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> chars = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune))
            {
                text.Append(chars[..rune.EncodeToUtf16(chars)]);
            }
            else
            {
                foreach (var value in bytes[..consumed])
                {
                    text.Append("\\x").Append(value.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }
}
