using System.Text;
using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>The users and groups that a host will have: those of sysusers.d(5), of /etc/passwd and /etc/group, and of userdb.</summary>
internal sealed class Accounts
{
    private static readonly TreePath Declarations = TreePath.Parse("usr/lib/sysusers.d");
    private static readonly TreePath[] UserFiles = [TreePath.Parse("usr/lib/passwd"), TreePath.Parse("etc/passwd")];

    private readonly HashSet<string> _users = new(["root", "nobody"], StringComparer.Ordinal);
    private readonly HashSet<string> _groups = new(["root", "nobody", "nogroup"], StringComparer.Ordinal);

    /// <summary>Reads the files of a host that say who there is.</summary>
    public Accounts(MergedTree host)
    {
        // Of two files with one name that in the folder that counts first is read.
        var files = new SortedDictionary<string, TreePath>(StringComparer.Ordinal);
        foreach (var path in Children(host, "etc/sysusers.d", "usr/local/lib/sysusers.d", "usr/lib/sysusers.d"))
        {
            if (path.Name.EndsWith(".conf"u8))
            {
                files.TryAdd(TreePath.Describe(path.Name), path);
            }
        }

        foreach (var line in files.Values.SelectMany(path => Lines(host, path)))
        {
            AddDeclared([.. UnitWords.OfCommand(line)]);
        }

        foreach (var directory in (string[])["usr/lib", "etc"])
        {
            AddNames(host, $"{directory}/passwd", _users);
            AddNames(host, $"{directory}/group", _groups);
        }

        foreach (var path in Children(host, "etc/userdb", "usr/lib/userdb"))
        {
            var name = TreePath.Describe(path.Name);
            (name.EndsWith(".user", StringComparison.Ordinal) ? _users : _groups).Add(Path.GetFileNameWithoutExtension(name));
        }
    }

    /// <summary>Whether the base says anything of users: one that does not has them from elsewhere.</summary>
    public static bool AreKnown(MergedTree host) => host.Layers.Any(layer =>
        layer.Name == MergedLayer.BaseName
        && (layer.Tree.Children(Declarations).Any() || UserFiles.Any(layer.Tree.Contains)));

    /// <summary>Whether a setting may name the user: there is one, or it is a number, or known only when it runs.</summary>
    public bool HasUser(string name) => IsOpen(name) || _users.Contains(name);

    /// <summary>Whether a setting may name the group.</summary>
    public bool HasGroup(string name) => IsOpen(name) || _groups.Contains(name);

    /// <summary>A file's lines; none when there is no such file.</summary>
    public static IEnumerable<string> Lines(MergedTree host, TreePath path) =>
        host.Resolve(path) is { Entry: FileEntry file } ? TreeText.Read(file).Split('\n') : [];

    private static bool IsOpen(string name) => name.Length == 0 || name.Contains('%', StringComparison.Ordinal) || name.All(char.IsAsciiDigit);

    private static IEnumerable<TreePath> Children(MergedTree host, params string[] directories) =>
        directories.SelectMany(directory => host.Children(TreePath.Parse(directory)));

    private static void AddNames(MergedTree host, string path, HashSet<string> names)
    {
        foreach (var line in Lines(host, TreePath.Parse(path)))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                names.Add(line[..colon]);
            }
        }
    }

    private void AddDeclared(string[] words)
    {
        if (words is ["g", var group, ..])
        {
            _groups.Add(group);
        }
        else if (words is ["u" or "u!", var user, ..])
        {
            // With UID:GROUP the user gets no group of its own name.
            _users.Add(user);
            if (words.Length < 3 || !words[2].Contains(':', StringComparison.Ordinal))
            {
                _groups.Add(user);
            }
        }
        else if (words is ["m", var member, var joined, ..])
        {
            _users.Add(member);
            _groups.Add(joined);
        }
    }
}
