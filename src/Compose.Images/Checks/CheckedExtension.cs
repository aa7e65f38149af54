using Compose.Diagnostics;
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

    /// <summary>Ends checks that run other programs.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The extension's name.</summary>
    public string Name => Definition.Name;

    /// <summary>What a running host will have: the extension over the referenced ones over the base.</summary>
    public MergedTree Merged => _merged ??= new(
    [
        new(Name, Tree),
        .. References.Select(reference => new MergedLayer(reference.Name, reference.Tree)),
        .. BaseTree is null ? [] : new[] { new MergedLayer(MergedLayer.BaseName, BaseTree) },
    ]);

    /// <summary>
    /// As <see cref="Merged"/>, with what a host has outside of the trees: the links of a merged /usr, and the /etc that
    /// the base and the extensions make at boot.
    /// </summary>
    public MergedTree Host => _host ??= new([.. Merged.Layers, new(MergedLayer.BaseName, HostRoot.Create(this))]);

    /// <summary>A finding about one path of the extension, at the item that brings it or at its file on the build host.</summary>
    /// <param name="descriptor">The kind.</param>
    /// <param name="item">The path and what stands there.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="line">The line of the file that has the mistake, from 1; 0 for the whole file.</param>
    public Diagnostic Finding(DiagnosticDescriptor descriptor, TreeItem item, string message, int line = 0)
    {
        var origin = Origins.ItemOf(item.Entry);
        var file = origin is null && item.Entry is FileEntry { Content: HostFileContent content } ? content.Path : null;
        return descriptor.Create(message, origin, Origins.TraitsOf(item.Entry)) with
        {
            Path = $"/{item.Path}",
            SourceFile = file,
            SourceLine = file is null ? 0 : line,
        };
    }

    private MergedTree? _merged;
    private MergedTree? _host;
}
