using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Units;
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

    /// <summary>The names of all that is merged, for messages.</summary>
    public string MergedNames
    {
        get
        {
            string[] names = [Name, .. References.Select(reference => reference.Name), .. BaseTree is null ? [] : new[] { MergedLayer.BaseName }];
            return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
        }
    }

    /// <summary>
    /// The extension over the referenced ones over the base, with the links of a merged /usr and the /etc that the base was
    /// built with.
    /// </summary>
    public MergedTree Merged => _merged ??= new([.. Trees, new(MergedLayer.BaseName, HostRoot.Of(BaseTree))]);

    /// <summary>What a running host will have: as <see cref="Merged"/>, with what extensions copy to /etc at boot.</summary>
    public MergedTree Host => _host ??= new([.. Trees, new(MergedLayer.BaseName, HostRoot.Create(this))]);

    /// <summary>The units of <see cref="Host"/>, read once for all checks.</summary>
    public UnitSet Units => _units ??= new(this);

    private IEnumerable<MergedLayer> Trees =>
    [
        new(Name, Tree),
        .. References.Select(reference => new MergedLayer(reference.Name, reference.Tree)),
        .. BaseTree is null ? [] : new[] { new MergedLayer(MergedLayer.BaseName, BaseTree) },
    ];

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
    private UnitSet? _units;
}
