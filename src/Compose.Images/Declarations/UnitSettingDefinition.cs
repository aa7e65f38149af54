using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Declarations;

/// <summary>A setting that a project adds to a unit, or changes in it, by a drop-in: the unit's own file stays as it is.</summary>
/// <param name="Unit">The unit's name with its suffix.</param>
/// <param name="Section">The section, such as <c>Service</c>.</param>
/// <param name="Name">The setting, such as <c>Environment</c>.</param>
/// <param name="Value">Its value; null together with <paramref name="Reset"/> only.</param>
/// <param name="Reset">Whether what the unit says for this setting is dropped first, as a list such as <c>ExecStart</c> needs it.</param>
public sealed record UnitSettingDefinition(string Unit, string Section, string Name, string? Value, bool Reset = false)
{
    internal ItemTraits Traits => new("SystemdSetting", "Name", Name);

    internal void Check()
    {
        var metadata = new ItemMetadata(Unit, Traits);
        if (!UnitName.IsValid(Unit))
        {
            throw metadata.Bad("it is not the name of a unit, such as docker.service");
        }

        if (Section.Length == 0 || !Section.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            throw metadata.Bad($"Section '{Section}' is not the name of a section, such as Service");
        }

        if (Name.Length == 0 || !Name.All(char.IsAsciiLetterOrDigit))
        {
            throw metadata.Bad($"Name '{Name}' is not the name of a setting, such as Environment");
        }

        if (Value is null ? !Reset : Value.Any(char.IsControl) || Value.EndsWith('\\'))
        {
            throw metadata.Bad(Value is null
                ? $"{Name} has neither a Value nor Reset=\"true\""
                : $"the value of {Name} has a line break or another control character, or a backslash at its end");
        }
    }
}

/// <summary>Writes drop-ins of units (systemd.unit(5)).</summary>
internal static class UnitDropIns
{
    private static readonly TreePath UnitDirectory = TreePath.Parse("systemd/system");

    /// <summary>The drop-ins, one for each unit. Sections and settings are in the project's order.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="owner">The name of the extension or base system, which the files' names hold.</param>
    /// <param name="folder">The folder of <c>systemd/system</c>.</param>
    /// <exception cref="DiagnosticException">A setting cannot stand in a unit.</exception>
    public static IEnumerable<(TreePath Path, string Text)> Create(IReadOnlyList<UnitSettingDefinition> settings, string owner, TreePath folder)
    {
        foreach (var setting in settings)
        {
            setting.Check();
        }

        return settings.GroupBy(setting => setting.Unit, StringComparer.Ordinal).Select(unit => (
            folder.Append(UnitDirectory).Child(unit.Key + ".d").Child($"10-{owner}.conf"),
            string.Join('\n', unit.GroupBy(setting => setting.Section, StringComparer.Ordinal).Select(Section))));
    }

    private static string Section(IGrouping<string, UnitSettingDefinition> section)
    {
        var text = new StringBuilder($"[{section.Key}]\n");
        foreach (var setting in section)
        {
            if (setting.Reset)
            {
                text.Append(setting.Name).Append("=\n");
            }

            if (setting.Value is not null)
            {
                text.Append(setting.Name).Append('=').Append(setting.Value).Append('\n');
            }
        }

        return text.ToString();
    }
}
