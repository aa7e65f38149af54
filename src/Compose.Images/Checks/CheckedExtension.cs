using Compose.FileTrees;
using Compose.Images.Extensions;
using Compose.Images.Trees;

namespace Compose.Images.Checks;

/// <summary>An extension as it will be packed, and what it will be merged with.</summary>
internal sealed record CheckedExtension
{
    /// <summary>What the project says.</summary>
    public required ExtensionDefinition Definition { get; init; }

    /// <summary>What the extension holds.</summary>
    public required FileTree Tree { get; init; }

    /// <summary>
    /// The base, for a configuration extension with its /etc in place; null when the project names none, and nothing is known of
    /// the host then.
    /// </summary>
    public FileTree? BaseTree { get; init; }

    /// <summary>The extensions that are merged with it.</summary>
    public IReadOnlyList<ReferencedExtension> References { get; init; } = [];

    /// <summary>Where the extension's entries come from.</summary>
    public ContentOrigins Origins { get; init; } = ContentOrigins.Unknown;

    /// <summary>The extension's name.</summary>
    public string Name => Definition.Name;

    /// <summary>What a running host will have: the extension over the referenced ones over the base.</summary>
    public MergedTree Merged => _merged ??= new(
    [
        new(Name, Tree),
        .. References.Select(reference => new MergedLayer(reference.Name, reference.Tree)),
        .. BaseTree is null ? [] : new[] { new MergedLayer(MergedLayer.BaseName, BaseTree) },
    ]);

    private MergedTree? _merged;
}
