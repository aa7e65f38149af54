using Compose.FileTrees;

namespace Compose.Images.Trees;

/// <summary>
/// From which input an entry came, so that a finding about a path can name the item of the project. Entries are known by
/// reference: moving and filtering a tree keeps them.
/// </summary>
public sealed class ContentOrigins
{
    private readonly Dictionary<TreeEntry, string> _inputs = new(ReferenceEqualityComparer.Instance);

    /// <summary>Nothing is known.</summary>
    internal static ContentOrigins Unknown => new();

    /// <summary>The input's name, which is its item's include; null for the project's own files and what the build makes.</summary>
    public string? ItemOf(TreeEntry entry) => _inputs.GetValueOrDefault(entry);

    /// <summary>Notes the input of an entry; a later one replaces it.</summary>
    internal void Add(TreeEntry entry, string input) => _inputs[entry] = input;
}
