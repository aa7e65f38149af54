using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>Something that starts a unit.</summary>
/// <param name="From">The unit that does.</param>
/// <param name="To">The unit that is started, as <see cref="UnitSet.Canonical"/> names it.</param>
/// <param name="Kind">The setting that says so, such as <c>Wants</c>.</param>
/// <param name="Path">The file or link that says so.</param>
/// <param name="Entry">What stands there.</param>
/// <param name="Line">The line of the file; 0 for a link.</param>
internal sealed record Activation(string From, string To, string Kind, TreePath Path, TreeEntry Entry, int Line);

/// <summary>Which units start which, as their files, drop-ins and links say it.</summary>
/// <param name="units">The units.</param>
internal sealed class ActivationGraph(UnitSet units)
{
    private static readonly TreePath BusServices = TreePath.Parse("usr/share/dbus-1/system-services");
    private static readonly TreePath DeviceRules = TreePath.Parse("usr/lib/udev/rules.d");

    private static readonly string[] Dependencies = ["Wants", "Requires", "BindsTo", "Upholds", "OnFailure", "OnSuccess"];

    /// <summary>The settings of sockets, timers and paths that name what they start.</summary>
    private static readonly string[] Triggers = ["Service", "Unit"];

    /// <summary>What separates names in rules for devices.</summary>
    private static readonly char[] BetweenNames = [' ', '\t', '\n', '\r', '"', ',', '=', '$', '%', '{', '}', '+'];

    private static readonly (string Suffix, string Kind)[] LinkFolders = [(".wants", "Wants"), (".requires", "Requires"), (".upholds", "Upholds")];

    /// <summary>What the files of a tree start, in the order of their paths.</summary>
    public IEnumerable<Activation> Read(FileTree tree)
    {
        foreach (var (path, entry) in UnitFolders.System.SelectMany(tree.Children))
        {
            if (entry is FileEntry file && UnitSet.NameOf(path) is { } name)
            {
                foreach (var activation in OfFile(name, path, file).Concat(OfKind(name, path, file)))
                {
                    yield return activation;
                }
            }
            else if (entry is DirectoryEntry)
            {
                foreach (var activation in OfFolder(tree, path))
                {
                    yield return activation;
                }
            }
        }
    }

    /// <summary>The units that the bus of a tree starts when their service is asked for.</summary>
    public IEnumerable<string> ReadBusServices(FileTree tree) =>
        from child in tree.Children(BusServices)
        where child.Entry is FileEntry
        from setting in units.Read((FileEntry)child.Entry).Settings
        where setting.Name == "SystemdService"
        let target = Target(setting.Value)
        where target is not null
        select target;

    /// <summary>The units that rules for devices of a tree name, those of templates by what is before the instance.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="names">The units that are looked for.</param>
    public IEnumerable<string> ReadDeviceRules(FileTree tree, IEnumerable<string> names)
    {
        var templates = names.Where(UnitName.IsTemplate).ToLookup(name => name[..(name.IndexOf('@', StringComparison.Ordinal) + 1)], StringComparer.Ordinal);
        foreach (var (_, entry) in tree.Children(DeviceRules))
        {
            if (entry is FileEntry file && TreeText.Read(file) is var text && text.Contains("SYSTEMD_WANTS", StringComparison.Ordinal))
            {
                foreach (var word in text.Split(BetweenNames, StringSplitOptions.RemoveEmptyEntries).Distinct())
                {
                    foreach (var name in templates[word].Concat(Target(word) is { } target ? [target] : []))
                    {
                        yield return name;
                    }
                }
            }
        }
    }

    private IEnumerable<Activation> OfFolder(FileTree tree, TreePath folder)
    {
        if (UnitSet.NameBefore(folder, ".d") is { } unit)
        {
            foreach (var (path, entry) in tree.Children(folder))
            {
                if (entry is FileEntry file && path.Name.EndsWith(".conf"u8))
                {
                    foreach (var activation in OfFile(unit, path, file))
                    {
                        yield return activation;
                    }
                }
            }
        }

        foreach (var (suffix, kind) in LinkFolders)
        {
            if (UnitSet.NameBefore(folder, suffix) is { } from)
            {
                foreach (var (path, entry) in tree.Children(folder))
                {
                    if (Target(TreePath.Describe(path.Name)) is { } to)
                    {
                        yield return new Activation(from, to, kind, path, entry, 0);
                    }
                }
            }
        }
    }

    private IEnumerable<Activation> OfFile(string from, TreePath path, FileEntry file)
    {
        foreach (var setting in units.Read(file).Settings)
        {
            var isCommand = setting.Name.StartsWith("Exec", StringComparison.Ordinal);
            if (isCommand || (setting.Section == "Unit" ? Dependencies : Triggers).Contains(setting.Name))
            {
                // A command that names a unit is taken for one that starts it.
                foreach (var word in isCommand ? UnitWords.OfCommand(setting.Value) : UnitWords.OfList(setting.Value))
                {
                    if (Target(word) is { } to)
                    {
                        yield return new Activation(from, to, setting.Name, path, file, setting.Line);
                    }
                }
            }
        }
    }

    /// <summary>What a unit of its kind starts when it names nothing.</summary>
    private IEnumerable<Activation> OfKind(string from, TreePath path, FileEntry file)
    {
        string[] targets = UnitName.TypeOf(from) switch
        {
            "socket" when !UnitName.IsTemplate(from) => [UnitName.WithType(from, "service"), $"{from[..from.LastIndexOf('.')]}@.service"],
            "socket" or "timer" or "path" => [UnitName.WithType(from, "service")],
            "automount" => [UnitName.WithType(from, "mount")],
            _ => [],
        };
        return targets.Select(Target).OfType<string>().Select(to => new Activation(from, to, "Triggers", path, file, 0));
    }

    /// <summary>The unit that a word names; null when it names none. Of an instance known only at run time the template is meant.</summary>
    private string? Target(string word)
    {
        if (!UnitName.HasSuffix(word))
        {
            return null;
        }

        var name = word.Contains('%', StringComparison.Ordinal) ? UnitName.TemplateOf(word) : word;
        return UnitName.IsValid(name) ? units.Canonical(name) : null;
    }
}
