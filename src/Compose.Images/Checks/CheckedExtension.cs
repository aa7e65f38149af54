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

    /// <summary>The base; null when the project names none, and nothing is known of the host then.</summary>
    public FileTree? BaseTree { get; init; }

    /// <summary>The extensions that are merged with it.</summary>
    public IReadOnlyList<ReferencedExtension> References { get; init; } = [];

    /// <summary>Where the extension's entries come from.</summary>
    public ContentOrigins Origins { get; init; } = ContentOrigins.Unknown;

    /// <summary>The extension's name.</summary>
    public string Name => Definition.Name;

    /// <summary>The names of all that is merged, for messages.</summary>
    public string MergedNames
    {
        get
        {
            string[] names = [Name, .. References.Select(reference => reference.Name), .. BaseTree is null ? [] : new[] { MergedLayer.BaseName }];
            return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
        }
    }

    /// <summary>What a running host will have: the extension over the referenced ones over the base.</summary>
    public MergedTree Merged => _merged ??= new(
    [
        new(Name, Tree),
        .. References.Select(reference => new MergedLayer(reference.Name, reference.Tree)),
        .. BaseTree is null ? [] : new[] { new MergedLayer(MergedLayer.BaseName, BaseTree) },
        new(MergedLayer.BaseName, HostRoot.Of(BaseTree)),
    ]);

    private MergedTree? _merged;
}
