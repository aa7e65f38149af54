using Compose.FileTrees;

namespace Compose.Formats.Oci;

/// <summary>One layer of an image: what it adds to the layers below it and what it takes away from them.</summary>
public sealed record ImageLayer
{
    /// <summary>The SHA-256 of the layer's tar archive before compression.</summary>
    public required Sha256Digest DiffId { get; init; }

    /// <summary>What the layer holds, without whiteouts and without <see cref="Links"/>.</summary>
    public required FileTree Files { get; init; }

    /// <summary>Directories of <see cref="Files"/> that the layer only passes through: those below it keep their metadata.</summary>
    public required IReadOnlyList<TreePath> PassedDirectories { get; init; }

    /// <summary>What is taken away from the layers below.</summary>
    public required IReadOnlyList<TreePath> Whiteouts { get; init; }

    /// <summary>Directories of which the layers below keep nothing.</summary>
    public required IReadOnlyList<TreePath> OpaqueDirectories { get; init; }

    /// <summary>Hard links to files of the layers below.</summary>
    public required IReadOnlyList<LayerLink> Links { get; init; }
}

/// <summary>A hard link to a file of a layer below.</summary>
/// <param name="Path">The link.</param>
/// <param name="Target">The file.</param>
public readonly record struct LayerLink(TreePath Path, TreePath Target);
