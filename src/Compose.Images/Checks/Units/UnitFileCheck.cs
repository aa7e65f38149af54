using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>Reads each unit and each drop-in of an extension by itself: its name, its lines, its sections and settings.</summary>
/// <param name="extension">The extension.</param>
/// <param name="units">Its units.</param>
/// <param name="library">What the base's systemd knows; null when that is not known.</param>
/// <param name="findings">Takes the findings.</param>
internal sealed class UnitFileCheck(CheckedExtension extension, UnitSet units, SystemdLibrary? library, UnitFindings findings)
{
    /// <summary>What a folder in a folder of units may end with, if it holds links.</summary>
    private static readonly string[] LinkFolders = [".wants", ".requires", ".upholds"];

    /// <summary>Looks at all files where systemd looks for units.</summary>
    public void Check()
    {
        foreach (var directory in UnitFolders.System.Concat(UnitFolders.User))
        {
            foreach (var (path, entry) in extension.Tree.Children(directory))
            {
                var name = TreePath.Describe(path.Name);
                if (entry is DirectoryEntry)
                {
                    CheckFolder(path, entry, name);
                }
                else if (UnitName.IsValid(name))
                {
                    CheckFile(path, entry, UnitName.TypeOf(name));
                }
                else if (!name.StartsWith('.'))
                {
                    ReportName(path, entry, "is not the name of a unit: letters, digits and ':-_.\\@', and one of systemd's endings, such as '.service'");
                }
            }
        }
    }

    private void CheckFolder(TreePath path, TreeEntry entry, string name)
    {
        var suffix = name.LastIndexOf('.') is >= 0 and var dot ? name[dot..] : "";
        var unit = name[..^suffix.Length];
        if (suffix != ".d")
        {
            if (!LinkFolders.Contains(suffix) || !UnitName.IsValid(unit))
            {
                ReportName(path, entry, "is not the name of a folder that systemd looks into: a unit's with '.d', '.wants', '.requires' or '.upholds' behind it");
            }

            return;
        }

        if (!UnitName.IsValid(unit) && !UnitName.IsType(unit))
        {
            ReportName(path, entry, "is a folder of drop-ins, and before its '.d' is neither the name of a unit nor a kind of unit");
            return;
        }

        foreach (var (child, dropIn) in extension.Tree.Children(path))
        {
            if (child.Name.EndsWith(".conf"u8))
            {
                CheckFile(child, dropIn, UnitName.TypeOf(unit));
            }
            else if (dropIn is FileEntry && child.Name[0] != (byte)'.')
            {
                ReportName(child, dropIn, "is in a folder of drop-ins and does not end with '.conf'");
            }
        }
    }

    private void ReportName(TreePath path, TreeEntry entry, string reason) => findings.Report(
        ImageDiagnostics.NoUnitName, path, entry, 0, $"systemd does not read '/{path}': it {reason}. Give it another name, or leave it out.");

    private void CheckFile(TreePath path, TreeEntry entry, string type)
    {
        if (entry is not FileEntry file)
        {
            return;
        }

        var unit = units.Read(file);
        foreach (var problem in unit.Problems)
        {
            var (descriptor, effect) = problem.Effect switch
            {
                UnitProblemEffect.LineIgnored => (ImageDiagnostics.UnitSyntax, ": systemd would ignore the line"),
                UnitProblemEffect.FileRefused => (ImageDiagnostics.UnitSyntax.AsError(), ": systemd would not load the unit"),
                _ => (ImageDiagnostics.UnitSyntax, ""),
            };
            var subject = problem.Line == 0 ? $"'/{path}'" : $"Line {problem.Line} of '/{path}'";
            findings.Report(descriptor, path, entry, problem.Line, $"{subject} {problem.Reason}{effect}.");
        }

        string[] sections = ["Unit", "Install", LoadedUnit.SectionOf(type)];
        foreach (var section in unit.Sections.DistinctBy(section => section.Name))
        {
            if (!sections.Contains(section.Name) && !section.Name.StartsWith("X-", StringComparison.Ordinal))
            {
                findings.Report(ImageDiagnostics.UnknownInUnit, path, entry, section.Line,
                    $"{UnitFindings.Place(path, section.Line)} has a section [{TreePath.Describe(System.Text.Encoding.UTF8.GetBytes(section.Name))}], "
                    + $"and a unit of the kind {type} has only {string.Join(", ", sections.Select(name => $"[{name}]"))}: systemd would ignore all that is in it.");
            }
        }

        CheckSettings(path, entry, unit, sections);
    }

    private void CheckSettings(TreePath path, TreeEntry entry, UnitFile unit, string[] sections)
    {
        if (library is not { Settings.Count: > 0 })
        {
            return;
        }

        foreach (var setting in unit.Settings.DistinctBy(setting => (setting.Section, setting.Name)))
        {
            if (sections.Contains(setting.Section)
                && !setting.Name.StartsWith("X-", StringComparison.Ordinal)
                && !library.Settings.Contains($"{setting.Section}.{setting.Name}"))
            {
                findings.Report(ImageDiagnostics.UnknownInUnit, path, entry, setting.Line,
                    $"{UnitFindings.Place(path, setting.Line)} sets {TreePath.Describe(System.Text.Encoding.UTF8.GetBytes(setting.Name))}= in [{setting.Section}], "
                    + $"which systemd {library.Version}, that of the base, does not know there: it would ignore the line.");
            }
        }
    }
}
