using System.Text;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>Looks for the users and groups that units and tmpfiles.d(5) rules name.</summary>
/// <param name="extension">The extension.</param>
/// <param name="units">Its units.</param>
/// <param name="findings">Takes the findings.</param>
internal sealed class AccountCheck(CheckedExtension extension, UnitSet units, UnitFindings findings)
{
    private static readonly TreePath[] TemporaryFiles = [TreePath.Parse("etc/tmpfiles.d"), TreePath.Parse("usr/lib/tmpfiles.d")];

    private Accounts? _accounts;

    private Accounts Accounts => _accounts ??= new Accounts(units.Host);

    /// <summary>Looks for the users and groups of a unit, as far as the extension's own files name them.</summary>
    public void Check(LoadedUnit unit)
    {
        var section = unit.OwnSection;
        if (!unit.IsOn(section, "DynamicUser"))
        {
            CheckOwner(unit, section, "User", "Group");
        }

        CheckOwner(unit, section, "SocketUser", "SocketGroup");
        foreach (var setting in unit.List(section, "SupplementaryGroups"))
        {
            foreach (var group in UnitWords.OfList(setting.Value))
            {
                Check(unit, setting, group, isUser: false);
            }
        }
    }

    /// <summary>Looks for the owners of what the extension has made at boot.</summary>
    public void CheckTemporaryFiles()
    {
        foreach (var (path, entry) in TemporaryFiles.SelectMany(extension.Tree.Children))
        {
            if (entry is not FileEntry || !path.Name.EndsWith(".conf"u8))
            {
                continue;
            }

            var number = 0;
            foreach (var line in Accounts.Lines(units.Host, path))
            {
                number++;
                if (!line.StartsWith('#') && UnitWords.OfCommand(line).Take(5).ToArray() is [_, var target, _, var user, .. var rest])
                {
                    CheckOwner(path, entry, number, target, user, isUser: true);

                    // With a user comes a group of its name.
                    if (rest is [var group] && (group.TrimStart(':') != user.TrimStart(':') || Has(group, isUser: true)))
                    {
                        CheckOwner(path, entry, number, target, group, isUser: false);
                    }
                }
            }
        }
    }

    private void CheckOwner(TreePath path, TreeEntry entry, int line, string target, string name, bool isUser)
    {
        // A colon says that the owner counts only for what is made anew.
        name = name.TrimStart(':');
        if (name == "-" || Has(name, isUser))
        {
            return;
        }

        var message = $"{UnitFindings.Place(path, line)} gives '{Printable(target)}' to the {Missing(name, isUser)}";
        if (extension.Definition.Declared.Directories.FirstOrDefault(directory => directory.Path == target) is { } item)
        {
            findings.Report(ImageDiagnostics.UnknownAccount, path, item.Path, message);
        }
        else
        {
            findings.Report(ImageDiagnostics.UnknownAccount, path, entry, line, message);
        }
    }

    private void CheckOwner(LoadedUnit unit, string section, string userSetting, string groupSetting)
    {
        var (user, group) = (unit.Last(section, userSetting), unit.Last(section, groupSetting));
        if (user is { } first)
        {
            Check(unit, first, first.Value, isUser: true);
        }

        // With a user comes a group of its name.
        if (group is { } second && !(second.Value == user?.Value && units.IsOwn(user.Value.Source) && !Has(second.Value, isUser: true)))
        {
            Check(unit, second, second.Value, isUser: false);
        }
    }

    private void Check(LoadedUnit unit, SourcedSetting setting, string name, bool isUser)
    {
        if (units.IsOwn(setting.Source) && !Has(name, isUser))
        {
            findings.Report(ImageDiagnostics.UnknownAccount, setting, place =>
                $"{place}: {setting.Setting.Name}= of {unit.Name} names the {Missing(name, isUser)}");
        }
    }

    private bool Has(string name, bool isUser) => isUser ? Accounts.HasUser(name) : Accounts.HasGroup(name);

    private static string Missing(string name, bool isUser) =>
        $"{(isUser ? "user" : "group")} '{Printable(name)}', which no sysusers.d entry of the extension or of what it is built on makes. "
        + $"Add a {(isUser ? "SystemUser" : "SystemGroup")} item for it.";

    private static string Printable(string text) => TreePath.Describe(Encoding.UTF8.GetBytes(text));
}
