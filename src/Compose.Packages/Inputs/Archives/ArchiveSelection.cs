using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Packages.Inputs.Archives;

/// <summary>What is taken of an archive, and where it goes.</summary>
public sealed record ArchiveSelection
{
    /// <summary>setuid and setgid: they mean the owner that the archive names, and not root.</summary>
    private const ushort SetOwnerBits = 0xC00;

    /// <summary>How many leading components of each path are taken away. What has no more goes.</summary>
    public int StripComponents { get; init; }

    /// <summary>Patterns of what is taken, after stripping; none for everything.</summary>
    public IReadOnlyList<Glob> Files { get; init; } = [];

    /// <summary>Patterns of what is left out, after stripping.</summary>
    public IReadOnlyList<Glob> ExcludedFiles { get; init; } = [];

    /// <summary>Where what no mapping names goes. Null for the image's root, or, with mappings, for nowhere.</summary>
    public TreePath? Destination { get; init; }

    /// <summary>Where single files and directories go.</summary>
    public IReadOnlyList<ArchiveMapping> Mappings { get; init; } = [];

    /// <summary>Whether owners stay those of the archive; else all is root's.</summary>
    public bool KeepOwners { get; init; }

    /// <summary>Applies the selection to what was unpacked.</summary>
    /// <param name="archive">What the archive holds.</param>
    /// <param name="fileName">The name of the only file, when it is no archive.</param>
    /// <exception cref="FormatException">Something is not in the archive, or does not fit together.</exception>
    internal FileTree Apply(UnpackedArchive archive, string fileName)
    {
        var tree = archive.Tree;
        if (archive.IsSingleFile)
        {
            if (Mappings.Count == 0)
            {
                throw new FormatException($"it is no archive but a single file. Say where it goes in the metadatum Mappings, such as '{fileName} -> /usr/bin/{fileName} mode=0755'");
            }

            tree = Rename(tree, fileName);
        }

        tree = WithOwners(Filter(Strip(tree)));
        var result = new FileTreeBuilder();
        var taken = new HashSet<TreePath>();
        foreach (var mapping in Mappings)
        {
            Map(tree, mapping, result, taken);
        }

        if (Mappings.Count == 0 || Destination is not null)
        {
            var destination = Destination ?? TreePath.Root;
            foreach (var (path, entry) in tree.Items)
            {
                if (!path.IsRoot && !taken.Contains(path))
                {
                    Set(result, destination.Append(path), entry);
                }
            }
        }

        return Build(result);
    }

    private static FileTree Rename(FileTree tree, string fileName)
    {
        tree.TryGet(UnpackedArchive.SingleFileName, out var file);
        return new FileTreeBuilder().Set(TreePath.Root.Child(fileName), file!).Build();
    }

    private FileTree Strip(FileTree tree)
    {
        if (StripComponents == 0)
        {
            return tree;
        }

        var result = new FileTreeBuilder();
        var any = false;
        foreach (var (path, entry) in tree.Items)
        {
            if (path.Depth > StripComponents)
            {
                any = true;
                Set(result, Strip(path), entry);
            }
        }

        return any || tree.Count == 1 ? Build(result) : throw new FormatException($"StripComponents={StripComponents} leaves nothing of it");
    }

    private TreePath Strip(TreePath path)
    {
        var stripped = path;
        while (stripped.Depth > StripComponents)
        {
            stripped = stripped.Parent;
        }

        return path.RelativeTo(stripped);
    }

    private FileTree Filter(FileTree tree)
    {
        foreach (var pattern in Files)
        {
            if (!Matches(tree, pattern))
            {
                throw new FormatException($"it holds nothing that is like '{pattern}' of Files. It holds {Listing(tree)}");
            }
        }

        tree = Files.Count == 0 ? tree : tree.Include(Files);
        return ExcludedFiles.Count == 0 ? tree : tree.Exclude(ExcludedFiles);
    }

    private static bool Matches(FileTree tree, Glob pattern)
    {
        foreach (var item in tree.Items)
        {
            if (!item.Path.IsRoot && pattern.Matches(item.Path))
            {
                return true;
            }
        }

        return false;
    }

    private static void Map(FileTree tree, ArchiveMapping mapping, FileTreeBuilder result, HashSet<TreePath> taken)
    {
        var changed = new Dictionary<TreeEntry, TreeEntry>(ReferenceEqualityComparer.Instance);
        TreePath? found = null;
        foreach (var (path, entry) in tree.Items)
        {
            if (path.IsRoot || !mapping.Source.Matches(path))
            {
                continue;
            }

            // What is below a directory that was found goes with it.
            if (found is not { } top || !path.IsWithin(top))
            {
                if (found is { } other && !mapping.IntoDirectory)
                {
                    throw new FormatException($"both '{other}' and '{path}' are like '{mapping.Source}', and go to '/{mapping.Destination}'. End it with a slash if it is a directory");
                }

                found = top = path;
            }

            var destination = mapping.IntoDirectory ? mapping.Destination.Append(path.RelativeTo(top.Parent)) : mapping.Destination.Append(path.RelativeTo(top));
            taken.Add(path);
            if (!changed.TryGetValue(entry, out var mapped))
            {
                mapped = mapping.Permissions is { } permissions && entry is FileEntry
                    ? entry.WithMetadata(entry.Metadata with { Permissions = permissions })
                    : entry;
                changed.Add(entry, mapped);
            }

            Set(result, destination, mapped);
        }

        if (found is null)
        {
            throw new FormatException($"it holds nothing that is like '{mapping.Source}' of Mappings. It holds {Listing(tree)}");
        }
    }

    private static void Set(FileTreeBuilder builder, TreePath path, TreeEntry entry)
    {
        var existing = builder[path];
        if (existing is null)
        {
            builder.Set(path, entry);
        }
        else if (!FileTreeOperations.SameContent(existing, entry))
        {
            throw new FormatException($"two of its files would both be '/{path}'");
        }
    }

    private static FileTree Build(FileTreeBuilder builder)
    {
        try
        {
            return builder.Build();
        }
        catch (InvalidFileTreeException e)
        {
            throw new FormatException(e.Message.TrimEnd('.'), e);
        }
    }

    private FileTree WithOwners(FileTree tree) => tree.MapMetadata(item =>
    {
        var metadata = item.Entry.Metadata;
        metadata = metadata with { ModifiedTime = Math.Max(0, metadata.ModifiedTime) };
        return KeepOwners
            ? metadata
            : metadata with { UserId = 0, GroupId = 0, Permissions = (ushort)(metadata.Permissions & ~SetOwnerBits) };
    });

    /// <summary>Some of the names, for messages.</summary>
    private static string Listing(FileTree tree)
    {
        const int Shown = 8;
        var names = tree.Where(item => item.Path.Depth <= 2).Skip(1).Take(Shown + 1).Select(item => $"'{item.Path}'").ToArray();
        return names.Length == 0 ? "nothing" : string.Join(", ", names.Take(Shown)) + (names.Length > Shown ? " and more" : string.Empty);
    }
}
