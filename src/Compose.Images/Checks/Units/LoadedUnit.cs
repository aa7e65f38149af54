using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>A file that a unit is made of: its own, or a drop-in.</summary>
/// <param name="Path">Where it is, all links resolved.</param>
/// <param name="Entry">The file.</param>
/// <param name="Layer">The layer that has it.</param>
/// <param name="File">What it says.</param>
internal sealed record UnitSource(TreePath Path, FileEntry Entry, MergedLayer Layer, UnitFile File);

/// <summary>An assignment, and the file that has it.</summary>
/// <param name="Setting">The assignment.</param>
/// <param name="Source">The file.</param>
internal readonly record struct SourcedSetting(UnitSetting Setting, UnitSource Source)
{
    /// <summary>The assignment's value.</summary>
    public string Value => Setting.Value;
}

/// <summary>A unit as systemd puts it together of its file and its drop-ins.</summary>
/// <param name="Name">Its name; that of the template when the file is one.</param>
/// <param name="Sources">Its file, if there is one, then its drop-ins in the order in which they count.</param>
/// <param name="HasFile">Whether it has a file of its own: neither is it masked nor has it drop-ins only.</param>
internal sealed record LoadedUnit(string Name, IReadOnlyList<UnitSource> Sources, bool HasFile)
{
    /// <summary>The name of the section that only units of its kind have, such as <c>Service</c>.</summary>
    public string OwnSection => SectionOf(UnitName.TypeOf(Name));

    /// <summary>The section that only units of a kind have, such as <c>Service</c> for <c>service</c>.</summary>
    public static string SectionOf(string type) => char.ToUpperInvariant(type[0]) + type[1..];

    /// <summary>All assignments to a setting.</summary>
    public IEnumerable<SourcedSetting> All(string section, string name) =>
        from source in Sources
        from setting in source.File.Settings
        where setting.Name == name && setting.Section == section
        select new SourcedSetting(setting, source);

    /// <summary>The assignments that count for a list: those behind the last empty one, which drops what was said before.</summary>
    public IReadOnlyList<SourcedSetting> List(string section, string name)
    {
        var list = new List<SourcedSetting>();
        foreach (var setting in All(section, name))
        {
            if (setting.Value.Length == 0)
            {
                list.Clear();
            }
            else
            {
                list.Add(setting);
            }
        }

        return list;
    }

    /// <summary>The assignment that counts for a single value: the last one; null when that is empty, or there is none.</summary>
    public SourcedSetting? Last(string section, string name) => List(section, name) is [.., var last] ? last : null;

    /// <summary>Whether a switch is on.</summary>
    public bool IsOn(string section, string name) => Last(section, name)?.Value.ToLowerInvariant() is "1" or "yes" or "y" or "true" or "t" or "on";

    /// <summary>Whether a switch is off.</summary>
    public bool IsOff(string section, string name) => Last(section, name)?.Value.ToLowerInvariant() is "0" or "no" or "n" or "false" or "f" or "off";
}
