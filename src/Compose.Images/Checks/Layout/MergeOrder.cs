using Compose.Images.Checks.Units;
using Compose.Images.Units;

namespace Compose.Images.Checks.Layout;

/// <summary>Which services run after systemd-sysext.service has merged the extensions.</summary>
internal sealed class MergeOrder
{
    private const string Prefix = "systemd-";
    private const string MergeService = "systemd-sysext.service";

    private readonly UnitSet _units;
    private readonly HashSet<string> _afterMerge;

    private MergeOrder(UnitSet units, LoadedUnit service)
    {
        _units = units;
        _afterMerge = [.. Words(service, "Before")];
    }

    /// <summary>Reads the service that merges; null when there is none.</summary>
    public static MergeOrder? Read(CheckedExtension extension)
    {
        var units = extension.Units;
        return units.Load(MergeService) is { HasFile: true } service ? new(units, service) : null;
    }

    /// <summary>Whether a service that is not before the merge runs a program, or one that comes with an extension.</summary>
    public bool RunsAfterMerge(string program)
    {
        // A service that runs the program is likely to be named after it: then few files are read.
        var names = UnitFolders.System.SelectMany(_units.Host.Children)
            .Select(UnitSet.NameOf)
            .OfType<string>()
            .Where(name => UnitName.TypeOf(name) == "service")
            .Distinct()
            .OrderBy(name => !name.Contains(program[Prefix.Length..], StringComparison.Ordinal));
        return names.Select(_units.Load).Any(unit =>
            unit.HasFile
            && unit.List("Service", "ExecStart").Any(command => Runs(command.Value, program))
            && (_afterMerge.Contains(unit.Name)
                || Words(unit, "After").Contains(MergeService)
                || unit.Sources[0].Layer.Name != MergedLayer.BaseName));
    }

    /// <summary>systemd-tmpfiles has to make everything: there are services that run it for /dev alone, or to clean up.</summary>
    private static bool Runs(string command, string program)
    {
        var words = UnitWords.OfCommand(command).ToArray();
        return ExecCommand.Parse(command).Any(candidate => candidate.Program[(candidate.Program.LastIndexOf('/') + 1)..] == program)
            && (program != "systemd-tmpfiles"
                || (words.Contains("--create") && !words.Any(word => word == "--prefix" || word.StartsWith("--prefix=", StringComparison.Ordinal))));
    }

    private static IEnumerable<string> Words(LoadedUnit unit, string name) =>
        unit.All("Unit", name).SelectMany(setting => UnitWords.OfList(setting.Value));
}
