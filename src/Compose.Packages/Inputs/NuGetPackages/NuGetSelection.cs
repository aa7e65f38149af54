using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>Which files of a NuGet package go where in an image.</summary>
public sealed record NuGetSelection
{
    private const string VersionPlaceholder = "{version}";

    /// <summary>The package's name.</summary>
    public required string Name { get; init; }

    /// <summary>Patterns for paths in the package. What a pattern's folders before its first wildcard hold keeps its path below them.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Patterns for what is left out.</summary>
    public IReadOnlyList<string> ExcludedFiles { get; init; } = [];

    /// <summary>The folder in the image, an absolute path; <c>{version}</c> stands for the package's version.</summary>
    public required string Destination { get; init; }

    /// <summary>The permission bits of all files; null for 0755 for programs and 0644 for others.</summary>
    public ushort? Permissions { get; init; }

    private ItemTraits Traits => new("NuGetContent", "Destination", Destination);

    /// <summary>Makes the tree. The store has what the lock file names.</summary>
    /// <exception cref="DiagnosticException">The package is not restored, or a pattern or the destination cannot be used.</exception>
    public InputTree Read(LockFile locked, ContentStore store, CancellationToken cancellationToken = default)
    {
        var package = locked.NuGetPackages?.FirstOrDefault(package => package.Name == Name)
            ?? throw new InvalidOperationException($"The lock file fits the project and has no '{Name}'.");
        var tree = new UnpackedNuGetPackages(store).GetOrUnpack(package.Digest, package.ToString(), isVerified: false, cancellationToken)
            ?? throw new DiagnosticException(PackageDiagnostics.NotRestored.Create(
                $"The NuGet package {package} is not in the content store. Run 'dotnet restore'.", Name, Traits));
        return new InputTree(package.Name, package.Version, Select(tree, package.Version));
    }

    private FileTree Select(FileTree tree, string version)
    {
        var destination = ParseDestination(version);
        var excluded = ExcludedFiles.Select(ParsePattern).ToArray();
        var builder = new FileTreeBuilder();
        foreach (var text in Files)
        {
            var pattern = ParsePattern(text);
            var prefix = FixedPrefix(text);
            var found = false;
            foreach (var (path, entry) in tree.Items)
            {
                if (entry is FileEntry && pattern.Matches(path) && !excluded.Any(other => other.Matches(path)))
                {
                    found = true;
                    var target = destination.Append(path == prefix ? TreePath.Root.Child(path.Name) : path.RelativeTo(prefix));
                    builder.Set(target, Permissions is { } mode ? entry.WithMetadata(entry.Metadata with { Permissions = mode }) : entry);
                }
            }

            if (!found)
            {
                throw Bad($"no file of it matches '{text}'. It has: {string.Join(", ", TopFolders(tree))}");
            }
        }

        return builder.Build();
    }

    private TreePath ParseDestination(string version)
    {
        var text = Destination.Replace(VersionPlaceholder, version, StringComparison.Ordinal);
        return text.StartsWith('/') && TreePath.TryParse(Encoding.UTF8.GetBytes(text), out var path) && !path.IsRoot
            ? path
            : throw Bad($"its Destination '{Destination}' is not the absolute path of a folder in the image");
    }

    private Glob ParsePattern(string text)
    {
        try
        {
            return new Glob(text);
        }
        catch (FormatException e)
        {
            throw Bad(e.Message.TrimEnd('.'));
        }
    }

    /// <summary>The components before the first wildcard; for a pattern without one, the path itself when it is a file's.</summary>
    private static TreePath FixedPrefix(string pattern) => TreePath.Parse(string.Join(
        '/', pattern.Split('/').TakeWhile(component => component.AsSpan().IndexOfAny('*', '?', '[') < 0)));

    private static IEnumerable<string> TopFolders(FileTree tree) =>
        tree.Where(item => item.Entry is DirectoryEntry && item.Path.Depth is 1 or 2).Where(item => item.Path.Depth > 0).Select(item => item.Path.ToString());

    private DiagnosticException Bad(string reason) =>
        new(PackageDiagnostics.BadNuGetItem.Create($"The NuGetContent '{Name}' cannot be taken in: {reason}.", Name, Traits));
}
