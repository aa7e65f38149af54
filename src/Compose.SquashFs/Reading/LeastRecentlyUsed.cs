using System.Diagnostics.CodeAnalysis;

namespace Compose.SquashFs.Reading;

/// <summary>Keeps the values that were used last. Not safe for several threads.</summary>
internal sealed class LeastRecentlyUsed<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = [];

    public IEnumerable<TValue> Values => _order.Select(item => item.Value);

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            value = default;
            return false;
        }

        if (node != _order.First)
        {
            _order.Remove(node);
            _order.AddFirst(node);
        }

        value = node.Value.Value;
        return true;
    }

    /// <summary>Adds a value under a key that has none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="removed">The value that had to go.</param>
    /// <returns>Whether one had to go.</returns>
    public bool Add(TKey key, TValue value, [MaybeNullWhen(false)] out TValue removed)
    {
        removed = default;
        var isFull = _nodes.Count == capacity;
        if (isFull)
        {
            var last = _order.Last!;
            removed = last.Value.Value;
            _order.RemoveLast();
            _nodes.Remove(last.Value.Key);
        }

        _nodes.Add(key, _order.AddFirst((key, value)));
        return isFull;
    }

    public void Clear()
    {
        _nodes.Clear();
        _order.Clear();
    }
}
