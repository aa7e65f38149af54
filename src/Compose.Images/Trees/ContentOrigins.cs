using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Trees;

/// <summary>
/// From which item of the project an entry came, so that a finding about a path can name it. Entries are known by
/// reference: moving and filtering a tree keeps them.
/// </summary>
public sealed class ContentOrigins
{
    private readonly Dictionary<TreeEntry, (string Item, ItemTraits? Traits)> _items = new(ReferenceEqualityComparer.Instance);

    /// <summary>Nothing is known.</summary>
    internal static ContentOrigins Unknown => new();

    /// <summary>
    /// The item's include, which is the name of a package or another input; null for what is in the folder <c>files/</c> and
    /// what the build makes.
    /// </summary>
    public string? ItemOf(TreeEntry entry) => _items.GetValueOrDefault(entry).Item;

    /// <summary>What tells the item from others with the same include; null for inputs, which need nothing.</summary>
    public ItemTraits? TraitsOf(TreeEntry entry) => _items.GetValueOrDefault(entry).Traits;

    /// <summary>Whether the project itself asks for the entry, by an item or a file of its own, and no input brings it.</summary>
    public bool IsOwn(TreeEntry entry) => !_items.TryGetValue(entry, out var origin) || origin.Traits is not null;

    /// <summary>Notes the item of an entry; a later one replaces it.</summary>
    internal void Add(TreeEntry entry, string item, ItemTraits? traits = null) => _items[entry] = (item, traits);
}
