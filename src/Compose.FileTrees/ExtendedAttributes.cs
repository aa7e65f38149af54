using System.Collections;

namespace Compose.FileTrees;

/// <summary>One extended attribute: <c>security.capability</c> and its bytes, for instance.</summary>
/// <param name="Name">The full name with its namespace, in ASCII or UTF-8.</param>
/// <param name="Value">The value's bytes.</param>
public readonly record struct ExtendedAttribute(string Name, ReadOnlyMemory<byte> Value);

/// <summary>The extended attributes of an inode, sorted by the bytes of their names. Compared by value.</summary>
public sealed class ExtendedAttributes : IReadOnlyList<ExtendedAttribute>, IEquatable<ExtendedAttributes>
{
    private readonly ExtendedAttribute[] _attributes;

    /// <summary>Makes the set.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public ExtendedAttributes(IEnumerable<ExtendedAttribute> attributes)
    {
        _attributes = [.. attributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)];
        for (var i = 1; i < _attributes.Length; i++)
        {
            if (_attributes[i].Name == _attributes[i - 1].Name)
            {
                throw new ArgumentException($"The extended attribute '{_attributes[i].Name}' occurs twice.", nameof(attributes));
            }
        }
    }

    /// <summary>No attributes.</summary>
    public static ExtendedAttributes Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _attributes.Length;

    /// <inheritdoc/>
    public ExtendedAttribute this[int index] => _attributes[index];

    /// <inheritdoc/>
    public bool Equals(ExtendedAttributes? other) =>
        other is not null
        && _attributes.Length == other._attributes.Length
        && _attributes.Zip(other._attributes).All(pair =>
            pair.First.Name == pair.Second.Name && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExtendedAttributes);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var attribute in _attributes)
        {
            hash.Add(attribute.Name, StringComparer.Ordinal);
            hash.AddBytes(attribute.Value.Span);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(' ', _attributes.Select(a => $"{a.Name}=0x{Convert.ToHexStringLower(a.Value.Span)}"));

    /// <inheritdoc/>
    public IEnumerator<ExtendedAttribute> GetEnumerator() => ((IEnumerable<ExtendedAttribute>)_attributes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _attributes.GetEnumerator();
}
