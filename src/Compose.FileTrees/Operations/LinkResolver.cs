namespace Compose.FileTrees.Operations;

/// <summary>What a path leads to.</summary>
/// <param name="Path">Where it really is, all links resolved.</param>
/// <param name="Entry">What stands there; never a symbolic link.</param>
/// <param name="Tree">The number of the tree that has it, from 0; of a directory the first.</param>
public readonly record struct ResolvedPath(TreePath Path, TreeEntry Entry, int Tree);

/// <summary>
/// Follows symbolic links as Linux does (path_resolution(7)) inside trees that lie over each other, whose root is the root of
/// absolute links. Each link is followed once, however many paths lead through it: a tree may be made of a million links
/// through each other. Not safe for several threads.
/// </summary>
public sealed class LinkResolver
{
    /// <summary>As many links as the kernel follows for one path.</summary>
    private const int MaximumLinks = 40;

    private const int TooManyLinks = MaximumLinks + 1;

    /// <summary>The kernel follows no link with a longer text (PATH_MAX, without the NUL).</summary>
    private const int MaximumTarget = 4095;

    private readonly IReadOnlyList<FileTree> _trees;
    private readonly bool _staysAtRoot;
    private readonly Node _root;

    /// <summary>The links that were met, by their numbers.</summary>
    private readonly List<Node> _links = [];

    /// <summary>What was met so far, by directory and name: a path is looked up once.</summary>
    private readonly Dictionary<(Node Directory, ReadOnlyMemory<byte> Name), Node> _nodes = new(new ChildComparer());

    /// <summary>Follows links in trees, of which at two of one path the first is seen.</summary>
    /// <param name="trees">The trees; at least one.</param>
    /// <param name="staysAtRoot">Whether <c>..</c> in the root is the root, as it is on a host. Else it leads nowhere.</param>
    public LinkResolver(IReadOnlyList<FileTree> trees, bool staysAtRoot)
    {
        _trees = trees;
        _staysAtRoot = staysAtRoot;
        _root = new Node(trees[0][0], tree: 0, directory: null);
    }

    /// <summary>Follows a path; its last name too.</summary>
    /// <param name="path">The path.</param>
    /// <param name="resolved">What it leads to.</param>
    /// <returns>False when the path does not exist, leads through too many links, in a circle, or out of the trees.</returns>
    public bool TryResolve(TreePath path, out ResolvedPath resolved) => TryResolve(path.Memory, out resolved, out _);

    /// <inheritdoc cref="TryResolve(TreePath, out ResolvedPath)"/>
    /// <param name="path">A path from the root; it may have <c>.</c> and <c>..</c>.</param>
    /// <param name="resolved">What it leads to.</param>
    /// <param name="end">Where the walk ended: what is missing when there is nothing, the last link when there are too many.</param>
    public bool TryResolve(ReadOnlyMemory<byte> path, out ResolvedPath resolved, out TreePath end)
    {
        var walk = new Walk(_root, path);
        Finish(walk);
        if (walk.FailedAt is { } place)
        {
            resolved = default;
            end = walk.Links == TooManyLinks ? LastLink(walk) : place;
            return false;
        }

        resolved = new ResolvedPath(walk.Place.Path, walk.Place.Entry, walk.Place.Tree);
        end = resolved.Path;
        return true;
    }

    /// <summary>Walks to the end, and before that along each link on the way that was not followed yet: a chain may be as long as the tree.</summary>
    private void Finish(Walk first)
    {
        var walks = new Stack<Walk>([first]);
        while (walks.TryPeek(out var walk))
        {
            if (Advance(walk) is { } link)
            {
                walks.Push(Begin(link));
            }
            else
            {
                walks.Pop();
            }
        }
    }

    /// <summary>Goes on until the walk is over.</summary>
    /// <returns>The link before which it stops, as that was not followed yet; null when it is over.</returns>
    private Node? Advance(Walk walk)
    {
        while (!walk.IsOver)
        {
            if (walk.Place.Entry is SymlinkEntry)
            {
                if (walk.Place.Walk is not { } known)
                {
                    return walk.Place;
                }

                walk.Pass(walk.Place, known);
            }
            else if (walk.TakeName() is { IsEmpty: false } name)
            {
                Enter(walk, name);
            }
            else
            {
                walk.Arrive();
            }
        }

        return null;
    }

    /// <summary>Begins to follow a link.</summary>
    private Walk Begin(Node link)
    {
        var target = ((SymlinkEntry)link.Entry).Target;
        var walk = new Walk(target.Span is [(byte)'/', ..] ? _root : link.Directory, target) { Links = 1 };
        if (target.Length is 0 or > MaximumTarget || target.Span.Contains((byte)0))
        {
            walk.Fail(link.Path);
        }

        link.Walk = walk;
        return walk;
    }

    private void Enter(Walk walk, ReadOnlyMemory<byte> name)
    {
        if (walk.Place.Entry is not DirectoryEntry)
        {
            walk.Fail(walk.Place.Path);
        }
        else if (name.Span.SequenceEqual(".."u8))
        {
            if (walk.Place == _root && !_staysAtRoot)
            {
                walk.Fail(TreePath.Root);
            }

            walk.Place = walk.Place.Directory;
        }
        else if (name.Span.Contains((byte)0))
        {
            // No file has a NUL in its name, but a path that was read may.
            walk.Fail(walk.Place.Path);
        }
        else if (Find(walk.Place, name) is { } child)
        {
            walk.Place = child;
        }
        else
        {
            walk.Fail(walk.Place.Path.Child(name.Span));
        }
    }

    private Node? Find(Node directory, ReadOnlyMemory<byte> name)
    {
        if (_nodes.TryGetValue((directory, name), out var known))
        {
            return known;
        }

        var path = directory.Path.Child(name.Span);
        for (var tree = 0; tree < _trees.Count; tree++)
        {
            if (_trees[tree].IndexOf(path) is >= 0 and var index)
            {
                var node = new Node(_trees[tree][index], tree, directory) { Number = _links.Count };
                if (node.Entry is SymlinkEntry)
                {
                    _links.Add(node);
                }

                _nodes.Add((directory, node.Path.Memory[^name.Length..]), node);
                return node;
            }
        }

        return null;
    }

    /// <summary>The link that was one too many on a walk, in the order in which the links are met.</summary>
    private TreePath LastLink(Walk walk)
    {
        var left = MaximumLinks;
        for (var i = 0; ; i++)
        {
            var link = _links[walk.Passed[i]];
            if (left == 0)
            {
                return link.Path;
            }

            if (link.Walk!.Links <= left)
            {
                left -= link.Walk.Links;
            }
            else
            {
                // It is among those that this link leads through.
                left--;
                (walk, i) = (link.Walk, -1);
            }
        }
    }

    /// <summary>Something that stands in the trees.</summary>
    private sealed class Node(TreeItem item, int tree, Node? directory)
    {
        public TreePath Path => item.Path;

        public TreeEntry Entry => item.Entry;

        public int Tree => tree;

        /// <summary>A link's number, in the order in which links were met.</summary>
        public int Number { get; init; }

        /// <summary>Where it stands; the root stands in itself.</summary>
        public Node Directory => directory ?? this;

        /// <summary>The walk along the text of a link; null when it was not begun.</summary>
        public Walk? Walk { get; set; }
    }

    /// <summary>A walk along the names of a path.</summary>
    private sealed class Walk(Node start, ReadOnlyMemory<byte> path)
    {
        private ReadOnlyMemory<byte> _rest = path;

        /// <summary>Where it is.</summary>
        public Node Place { get; set; } = start;

        /// <summary>How many links were followed, with those that links led through and the link whose text it is.</summary>
        public int Links { get; set; }

        /// <summary>
        /// The numbers of the links that it came to itself, in order; those that these led through are in their walks. They are
        /// kept small, as hostile texts lead through forty each.
        /// </summary>
        public List<int> Passed { get; } = [];

        public bool IsOver { get; private set; }

        /// <summary>What is missing or in the way; null unless the walk leads nowhere.</summary>
        public TreePath? FailedAt { get; private set; }

        public void Arrive()
        {
            IsOver = true;
            Passed.TrimExcess();
        }

        public void Fail(TreePath place)
        {
            FailedAt = place;
            Arrive();
        }

        /// <summary>Takes the next name; empty at the end.</summary>
        public ReadOnlyMemory<byte> TakeName()
        {
            while (!_rest.IsEmpty)
            {
                var slash = _rest.Span.IndexOf((byte)'/');
                var name = slash < 0 ? _rest : _rest[..slash];
                _rest = slash < 0 ? default : _rest[(slash + 1)..];
                if (!name.IsEmpty && !name.Span.SequenceEqual("."u8))
                {
                    return name;
                }
            }

            return default;
        }

        /// <summary>Goes where a link leads that was followed, or is being followed: then it leads back to itself.</summary>
        public void Pass(Node link, Walk known)
        {
            Passed.Add(link.Number);
            Links = known.IsOver ? Math.Min(Links + known.Links, TooManyLinks) : TooManyLinks;
            if (Links == TooManyLinks || known.FailedAt is not null)
            {
                Fail(known.FailedAt ?? link.Path);
            }
            else
            {
                Place = known.Place;
            }
        }
    }

    private sealed class ChildComparer : IEqualityComparer<(Node Directory, ReadOnlyMemory<byte> Name)>
    {
        public bool Equals((Node Directory, ReadOnlyMemory<byte> Name) x, (Node Directory, ReadOnlyMemory<byte> Name) y) =>
            x.Directory == y.Directory && x.Name.Span.SequenceEqual(y.Name.Span);

        public int GetHashCode((Node Directory, ReadOnlyMemory<byte> Name) obj)
        {
            var hash = default(HashCode);
            hash.Add(obj.Directory);
            hash.AddBytes(obj.Name.Span);
            return hash.ToHashCode();
        }
    }
}
