using System.Globalization;
using Compose.FileTrees;
using Compose.Images.Artifacts;

namespace Compose.Images.Checks.Layout;

/// <summary>The numbers of users and groups that a host will have: those that sysusers.d(5) and passwd(5) fix.</summary>
internal sealed class KnownOwners
{
    private const uint Root = 0;
    private const uint Nobody = 65534;

    private static readonly TreePath[] SysusersDirectories = [TreePath.Parse("usr/lib/sysusers.d"), TreePath.Parse("etc/sysusers.d")];
    private static readonly TreePath[] UserFiles = [TreePath.Parse("usr/lib/passwd"), TreePath.Parse("etc/passwd")];
    private static readonly TreePath[] GroupFiles = [TreePath.Parse("usr/lib/group"), TreePath.Parse("etc/group")];

    private KnownOwners()
    {
    }

    /// <summary>The users' numbers.</summary>
    public HashSet<uint> Users { get; } = [Root, Nobody];

    /// <summary>The groups' numbers.</summary>
    public HashSet<uint> Groups { get; } = [Root, Nobody];

    /// <summary>Whether the base says anything: one that does not has its users from elsewhere.</summary>
    public bool KnowsBase { get; private set; }

    /// <summary>Reads what an extension, those that it is merged with and the base say.</summary>
    public static KnownOwners Of(MergedTree host)
    {
        var owners = new KnownOwners();
        foreach (var layer in host.Layers)
        {
            var before = owners.Users.Count + owners.Groups.Count;
            foreach (var directory in SysusersDirectories)
            {
                foreach (var (_, entry) in layer.Tree.Children(directory))
                {
                    AddLines(entry, owners.AddDeclaration);
                }
            }

            foreach (var path in UserFiles)
            {
                AddLines(layer.Tree, path, owners.AddUser);
            }

            foreach (var path in GroupFiles)
            {
                AddLines(layer.Tree, path, owners.AddGroup);
            }

            owners.KnowsBase |= layer.Name == MergedLayer.BaseName && owners.Users.Count + owners.Groups.Count > before;
        }

        return owners;
    }

    private static void AddLines(FileTree tree, TreePath path, Action<string> add)
    {
        if (tree.TryGet(path, out var entry))
        {
            AddLines(entry, add);
        }
    }

    private static void AddLines(TreeEntry entry, Action<string> add)
    {
        if (entry is FileEntry file)
        {
            foreach (var line in TreeText.Read(file).Split('\n'))
            {
                add(line);
            }
        }
    }

    /// <summary>A line of sysusers.d: <c>u NAME UID</c>, <c>u NAME UID:GROUP</c>, <c>g NAME GID</c>. Other numbers are chosen at boot.</summary>
    private void AddDeclaration(string line)
    {
        var fields = line.Split([' ', '\t'], 4, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 3)
        {
            return;
        }

        var numbers = fields[2].Split(':', 2);
        switch (fields[0])
        {
            case "u" or "u!":
                Add(Users, numbers[0]);
                Add(Groups, numbers[^1]);
                break;
            case "g":
                Add(Groups, numbers[0]);
                break;
            default:
                break;
        }
    }

    private void AddUser(string line)
    {
        if (line.Split(':') is [_, _, var user, var group, ..])
        {
            Add(Users, user);
            Add(Groups, group);
        }
    }

    private void AddGroup(string line)
    {
        if (line.Split(':') is [_, _, var group, ..])
        {
            Add(Groups, group);
        }
    }

    private static void Add(HashSet<uint> numbers, string text)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            numbers.Add(number);
        }
    }
}
