using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Torcx;

/// <summary>Decides where each file of a torcx archive goes.</summary>
/// <param name="archive">What the archive holds.</param>
/// <param name="name">The archive's name for messages.</param>
/// <param name="places">The usual places.</param>
internal sealed class TorcxPlacement(FileTree archive, string name, TorcxPlaces places)
{
    private readonly Dictionary<TreePath, TreePath> _files = [];
    private readonly HashSet<TreePath> _taken = [];
    private readonly List<TreePath> _unnamed = [];
    private readonly LinkResolver _links = new([archive], staysAtRoot: false);

    /// <summary>What the archive holds.</summary>
    public FileTree Archive => archive;

    /// <summary>Where files go: by their path in the archive, the path in the extension.</summary>
    public IReadOnlyDictionary<TreePath, TreePath> Files => _files;

    /// <summary>Programs that stay beside their libraries, and so need a link where programs are.</summary>
    public List<(TreePath Link, TreePath Archived)> ProgramLinks { get; } = [];

    /// <summary>Files that the manifest does not name, in order.</summary>
    public IReadOnlyList<TreePath> Unnamed => _unnamed;

    /// <summary>Where a path of the archive is in the extension, of a file or of anything that only its name is known of.</summary>
    public TreePath PlaceOf(TreePath path) => _files.TryGetValue(path, out var place) ? place : places.Of(path);

    /// <summary>Places all files.</summary>
    /// <exception cref="DiagnosticException">The manifest names what is not there, or two files would be one.</exception>
    public void Place(TorcxManifest manifest)
    {
        foreach (var asset in manifest.Assets)
        {
            PlaceAsset(asset.Path, asset.Destination);
        }

        foreach (var program in manifest.Programs)
        {
            PlaceProgram(program);
        }

        foreach (var (path, entry) in archive.Items)
        {
            if (entry is not DirectoryEntry && !path.IsWithin(TorcxManifest.Directory) && !_files.ContainsKey(path) && !IsMerged(path, entry))
            {
                _unnamed.Add(path);
                Take(path, places.Of(path));
            }
        }
    }

    /// <summary>A file goes into the folder for its kind; so does a folder, under its own name.</summary>
    private void PlaceAsset(TreePath asset, TreePath destination)
    {
        var found = Find(asset);
        var isDirectory = archive.TryGet(found, out var entry) && entry is DirectoryEntry;

        // A folder such as multi-user.target.wants or docker.service.d has a meaning by its name; one of units has none.
        var start = isDirectory && found.Name.LastIndexOf((byte)'.') is > 0 and var dot && IsMeaningful(found.Name[dot..]) ? found.Parent : isDirectory ? found : found.Parent;
        foreach (var (path, file) in archive.Subtree(found))
        {
            if (file is not DirectoryEntry && !_files.ContainsKey(path))
            {
                Take(path, destination.Append(path.RelativeTo(start)));
            }
        }
    }

    private static bool IsMeaningful(ReadOnlySpan<byte> suffix) =>
        suffix.SequenceEqual(".d"u8) || suffix.SequenceEqual(".wants"u8) || suffix.SequenceEqual(".requires"u8) || suffix.SequenceEqual(".upholds"u8);

    /// <summary>
    /// A program goes where programs are. One that stands elsewhere stays beside what it may need, and gets a link. As in
    /// torcx the first of a name counts.
    /// </summary>
    private void PlaceProgram(TreePath program)
    {
        foreach (var (path, file) in archive.Subtree(Find(program)))
        {
            if (file is DirectoryEntry || _files.ContainsKey(path))
            {
                continue;
            }

            var destination = TorcxPlaces.Programs.Child(path.Name);
            if (_taken.Contains(destination))
            {
                continue;
            }

            if (TorcxPlaces.IsProgramDirectory(path.Parent))
            {
                Take(path, destination);
            }
            else
            {
                Take(path, places.Of(path));
                _taken.Add(destination);
                ProgramLinks.Add((destination, path));
            }
        }
    }

    /// <summary>Whether it is a link such as <c>/bin</c> to <c>/usr/bin</c>: what both name goes to one place.</summary>
    private bool IsMerged(TreePath path, TreeEntry entry) =>
        entry is SymlinkEntry && _links.TryResolve(path, out var target) && places.Of(path) == places.Of(target.Path);

    /// <summary>The path that the manifest names, without links on the way.</summary>
    private TreePath Find(TreePath path)
    {
        if (archive.Contains(path))
        {
            return path;
        }

        return _links.TryResolve(path.Parent, out var parent) && archive.Contains(parent.Path.Child(path.Name))
            ? parent.Path.Child(path.Name)
            : throw TorcxManifest.Bad(name, $"its manifest names '/{path}', which it does not hold");
    }

    private void Take(TreePath path, TreePath place)
    {
        if (!_taken.Add(place))
        {
            throw TorcxManifest.Bad(name, $"'/{path}' and another of its files would both be '/{place}'");
        }

        _files.Add(path, place);
    }
}
