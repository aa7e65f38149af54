using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Units;

/// <summary>Looks for the programs that units run.</summary>
/// <param name="units">The units.</param>
/// <param name="findings">Takes the findings.</param>
internal sealed class ExecutableCheck(UnitSet units, UnitFindings findings)
{
    private const int AnyExecuteBit = 0x49; // 0111

    /// <summary>Where systemd looks for a program that is no path.</summary>
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

    private static readonly string[] Settings =
    [
        "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecReloadPost",
        "ExecStop", "ExecStopPre", "ExecStopPost",
    ];

    /// <summary>With these a unit's programs are in another tree.</summary>
    private static readonly string[] OtherRoots = ["RootDirectory", "RootImage", "MountImages", "ExtensionImages", "ExtensionDirectories"];

    private static readonly string[] PathConditions = ["PathExists", "FileIsExecutable", "FileNotEmpty"];

    /// <summary>What is there as an image has it. Elsewhere is what only a running host knows.</summary>
    private static readonly TreePath[] Hierarchies = [TreePath.Parse("usr"), TreePath.Parse("opt")];

    /// <summary>Looks for the programs of a unit, as far as the extension's own files name them.</summary>
    public void Check(LoadedUnit unit)
    {
        var section = unit.OwnSection;
        if (OtherRoots.Any(setting => unit.Last(section, setting) is not null))
        {
            return;
        }

        // Of several commands with one program the first is reported that must not fail.
        var commands = Settings.SelectMany(name => unit.List(section, name)).Where(setting => units.IsOwn(setting.Source))
            .SelectMany(setting => ExecCommand.Parse(setting.Value).Select(command => (Setting: setting, Command: command)))
            .OrderBy(item => item.Command.IgnoresFailure)
            .DistinctBy(item => item.Command.Program);
        foreach (var (setting, command) in commands)
        {
            if (Fault(unit, command.Program) is { } fault)
            {
                var descriptor = command.IgnoresFailure ? ImageDiagnostics.ExecutableNotFound.AsMessage() : ImageDiagnostics.ExecutableNotFound;
                findings.Report(descriptor, setting, place =>
                    $"{place}: {setting.Setting.Name}= of {unit.Name} runs '{TreePath.Describe(Encoding.UTF8.GetBytes(command.Program))}', which {fault}.");
            }
        }
    }

    /// <summary>Why a program cannot be run; null when it can, or nothing is known of it.</summary>
    private string? Fault(LoadedUnit unit, string program)
    {
        // What a specifier or a variable stands for is known when the unit runs.
        if (program.AsSpan().ContainsAny('%', '$'))
        {
            return null;
        }

        if (program[0] == '/')
        {
            return HasCondition(unit, program) ? null : PathFault(program);
        }

        if (program.Contains('/', StringComparison.Ordinal))
        {
            return "is neither an absolute path nor the name of a program";
        }

        var folders = unit.Last(unit.OwnSection, "ExecSearchPath")?.Value ?? SearchPath;
        return folders.Contains('%', StringComparison.Ordinal) || folders.Split(':').Any(folder => PathFault($"{folder}/{program}") is null)
            ? null
            : $"is in no folder of {folders}";
    }

    private string? PathFault(string path)
    {
        if (!TreePath.TryParse(Encoding.UTF8.GetBytes(path), out var parsed))
        {
            return null;
        }

        return units.Host.Resolve(parsed, out var end) switch
        {
            null => Hierarchies.Any(end.IsWithin)
                ? "neither the extension nor what it is built on has. Add the package or the file that brings it, or reference the extension that does"
                : null,
            { Entry: FileEntry file } => (file.Metadata.Permissions & AnyExecuteBit) == 0 ? "is not executable. Set its mode" : null,
            _ => "is no file",
        };
    }

    /// <summary>Whether the unit asks for the program itself before it runs.</summary>
    private static bool HasCondition(LoadedUnit unit, string path) =>
        PathConditions.SelectMany(name => unit.List("Unit", $"Condition{name}").Concat(unit.List("Unit", $"Assert{name}")))
            .Any(condition => condition.Value.TrimStart('|') == path);
}
