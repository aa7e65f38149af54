using System.Globalization;
using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.Units;

namespace Compose.Images.Checks;

/// <summary>
/// The users and groups that a host will have, and their numbers where these are fixed: those of sysusers.d(5), of passwd(5) and
/// group(5), and of userdb.
/// </summary>
internal sealed class Accounts
{
    private const uint Root = 0;
    private const uint Nobody = 65534;

    private static readonly TreePath Declarations = TreePath.Parse("usr/lib/sysusers.d");

    /// <summary>The folders of <c>passwd</c> and <c>group</c>: of nss-altfiles, of Flatcar's base, and the host's own.</summary>
    private static readonly TreePath[] ListFolders = [TreePath.Parse("usr/lib"), TreePath.Parse("usr/share/baselayout"), TreePath.Parse("etc")];

    private readonly HashSet<string> _users = new(["root", "nobody"], StringComparer.Ordinal);
    private readonly HashSet<string> _groups = new(["root", "nobody", "nogroup"], StringComparer.Ordinal);
    private readonly HashSet<uint> _userNumbers = [Root, Nobody];
    private readonly HashSet<uint> _groupNumbers = [Root, Nobody];

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

        foreach (var folder in ListFolders)
        {
            foreach (var fields in Fields(host, folder.Child("passwd")))
            {
                _users.Add(fields[0]);
                AddNumber(_userNumbers, fields.ElementAtOrDefault(2));
                AddNumber(_groupNumbers, fields.ElementAtOrDefault(3));
            }

            foreach (var fields in Fields(host, folder.Child("group")))
            {
                _groups.Add(fields[0]);
                AddNumber(_groupNumbers, fields.ElementAtOrDefault(2));
            }
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
        && (layer.Tree.Children(Declarations).Any() || ListFolders.Any(folder => layer.Tree.Contains(folder.Child("passwd")))));

    /// <summary>Whether a setting may name the user: there is one, or it is a number, or known only when it runs.</summary>
    public bool HasUser(string name) => IsOpen(name) || _users.Contains(name);

    /// <summary>Whether a setting may name the group.</summary>
    public bool HasGroup(string name) => IsOpen(name) || _groups.Contains(name);

    /// <summary>Whether a user has the number on each host.</summary>
    public bool HasUser(uint number) => _userNumbers.Contains(number);

    /// <summary>Whether a group has the number on each host.</summary>
    public bool HasGroup(uint number) => _groupNumbers.Contains(number);

    /// <summary>A file's lines; none when there is no such file.</summary>
    public static IEnumerable<string> Lines(MergedTree host, TreePath path) =>
        host.Resolve(path) is { Entry: FileEntry file } ? TreeText.Read(file).Split('\n') : [];

    private static bool IsOpen(string name) => name.Length == 0 || name.Contains('%', StringComparison.Ordinal) || name.All(char.IsAsciiDigit);

    private static IEnumerable<TreePath> Children(MergedTree host, params string[] directories) =>
        directories.SelectMany(directory => host.Children(TreePath.Parse(directory)));

    /// <summary>The fields of the lines of <c>passwd</c> or <c>group</c> that begin with a name.</summary>
    private static IEnumerable<string[]> Fields(MergedTree host, TreePath path) =>
        Lines(host, path).Select(line => line.Split(':')).Where(fields => fields.Length > 1 && fields[0].Length > 0);

    private static void AddNumber(HashSet<uint> numbers, string? text)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            numbers.Add(number);
        }
    }

    /// <summary>A line of sysusers.d: <c>u NAME UID</c>, <c>u NAME UID:GROUP</c>, <c>g NAME GID</c>, <c>m NAME GROUP</c>. Other numbers are chosen at boot.</summary>
    private void AddDeclared(string[] words)
    {
        var number = words.ElementAtOrDefault(2) ?? "-";
        if (words is ["g", var group, ..])
        {
            _groups.Add(group);
            AddNumber(_groupNumbers, number);
        }
        else if (words is ["u" or "u!", var user, ..])
        {
            // With UID:GROUP the user gets no group of its own name.
            _users.Add(user);
            var colon = number.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                _groups.Add(user);
            }

            AddNumber(_userNumbers, colon < 0 ? number : number[..colon]);
            AddNumber(_groupNumbers, number[(colon + 1)..]);
        }
        else if (words is ["m", var member, var joined, ..])
        {
            _users.Add(member);
            _groups.Add(joined);
        }
    }
}
