using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>
/// Finds units that an administrator would enable, and that nothing starts: what [Install] says is applied by
/// <c>systemctl enable</c> only, which no one runs for what is merged.
/// </summary>
/// <param name="extension">The extension.</param>
/// <param name="units">Its units.</param>
/// <param name="findings">Takes the findings.</param>
internal sealed class ActivationCheck(CheckedExtension extension, UnitSet units, UnitFindings findings)
{
    private static readonly TreePath Generators = TreePath.Parse("usr/lib/systemd/system-generators");

    /// <summary>Flatcar's service that starts these targets once more after the merge.</summary>
    private static readonly TreePath EnsureSysext = TreePath.Parse("usr/lib/systemd/system/ensure-sysext.service");
    private static readonly string[] StartedAgain = ["sockets.target", "timers.target", "multi-user.target"];

    private static readonly string[] InstallSettings = ["UpheldBy", "WantedBy", "RequiredBy"];

    /// <summary>The targets that are on their way when extensions are merged (bootup(7)): what they want was decided on before.</summary>
    private static readonly HashSet<string> BootTargets = new(
    [
        "basic.target", "cryptsetup.target", "default.target", "getty.target", "graphical.target", "integritysetup.target", "local-fs.target",
        "local-fs-pre.target", "multi-user.target", "paths.target", "remote-fs.target", "slices.target", "sockets.target", "swap.target",
        "sysinit.target", "timers.target", "veritysetup.target",
    ], StringComparer.Ordinal);

    private readonly ActivationGraph _graph = new(units);
    private readonly HashSet<string> _started = new(StringComparer.Ordinal);

    /// <summary>Looks for what starts each of the extension's units.</summary>
    public void Check()
    {
        var own = units.Own.Select(units.Load).Where(unit => unit.HasFile && units.IsOwn(unit.Sources[0])).ToDictionary(unit => unit.Name, StringComparer.Ordinal);
        if (own.Count == 0)
        {
            return;
        }

        FileTree[] trees = [extension.Tree, .. extension.References.Select(reference => reference.Tree)];
        var merged = trees.SelectMany(tree => UnitFolders.System.SelectMany(tree.Children))
            .Where(item => item.Entry is FileEntry).Select(item => UnitSet.NameOf(item.Path)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var activations = trees.SelectMany(_graph.Read).ToArray();
        var fromMerged = activations.Where(activation => merged.Contains(units.Canonical(activation.From)))
            .ToLookup(activation => units.Canonical(activation.From), StringComparer.Ordinal);
        var fromHost = activations.Where(activation => !merged.Contains(units.Canonical(activation.From))).ToArray();

        Start(fromHost.Where(activation => !ComesTooLate(activation)).Select(activation => activation.To), fromMerged);
        Start(trees.SelectMany(_graph.ReadBusServices), fromMerged);
        Start(trees.SelectMany(tree => _graph.ReadDeviceRules(tree, merged)), fromMerged);

        var late = fromHost.Where(activation => own.ContainsKey(activation.To) && !_started.Contains(activation.To)).ToArray();
        if (late.Length > 0 || own.Keys.Any(name => !_started.Contains(name)))
        {
            StartFromBase(merged, fromMerged);
        }

        ReportLate(late, fromMerged);
        if (!extension.Tree.Contains(Generators))
        {
            ReportIdle([.. own.Values.Where(unit => !_started.Contains(unit.Name) && IsToBeEnabled(unit))], fromMerged);
        }
    }

    /// <summary>Notes what is started, and all that it starts.</summary>
    private void Start(IEnumerable<string> names, ILookup<string, Activation> activations)
    {
        var next = new Queue<string>(names);
        while (next.TryDequeue(out var name))
        {
            if (_started.Add(name))
            {
                foreach (var activation in activations[name])
                {
                    next.Enqueue(activation.To);
                }
            }
        }
    }

    /// <summary>The base is read only when something is in question: it seldom knows of what is merged.</summary>
    private void StartFromBase(HashSet<string> merged, ILookup<string, Activation> activations)
    {
        if (extension.BaseTree is { } tree)
        {
            Start(_graph.Read(tree).Select(activation => activation.To).Where(merged.Contains), activations);
            Start(_graph.ReadBusServices(tree).Where(merged.Contains), activations);
            Start(_graph.ReadDeviceRules(tree, merged), activations);
        }
    }

    /// <summary>Whether a target that is on its way is to pull a unit in. Upholds= is looked at again and again.</summary>
    private bool ComesTooLate(Activation activation) =>
        extension.BaseTree is not null
        && activation.Kind is "Wants" or "Requires" or "BindsTo"
        && BootTargets.Contains(activation.From)
        && !(StartedAgain.Contains(activation.From) && units.Host.TryGet(EnsureSysext, out _, out _));

    private void ReportLate(Activation[] late, ILookup<string, Activation> activations)
    {
        foreach (var activation in late.Where(activation => !_started.Contains(activation.To)).DistinctBy(activation => activation.To).ToArray())
        {
            if (extension.Tree.TryGet(activation.Path, out var entry) && ReferenceEquals(entry, activation.Entry))
            {
                findings.Report(ImageDiagnostics.PulledInTooLate, activation.Path, entry, activation.Line,
                    $"{UnitFindings.Place(activation.Path, activation.Line)} adds {activation.To} to what {activation.From} {Verb(activation.Kind)}, "
                    + "which systemd has looked up before the extension is merged: the unit would not start. "
                    + $"Name it in a SystemdUnit item with UpheldBy=\"{activation.From}\".");
            }
        }

        Start(late.Select(activation => activation.To), activations);
    }

    private static string Verb(string kind) => kind switch
    {
        "Wants" => "wants",
        "Requires" => "requires",
        _ => "binds to",
    };

    /// <summary>Reports units, but for those that would be started with another one: a service by its socket, timer or path.</summary>
    private void ReportIdle(LoadedUnit[] idle, ILookup<string, Activation> activations)
    {
        var names = idle.Select(unit => unit.Name).ToHashSet(StringComparer.Ordinal);
        var triggered = idle.Where(unit => UnitName.TypeOf(unit.Name) is "socket" or "timer" or "path")
            .ToDictionary(unit => unit.Name, unit => activations[unit.Name].Select(activation => activation.To).Where(name => name != unit.Name && names.Contains(name)).Distinct().ToArray());
        var others = triggered.Values.SelectMany(targets => targets).ToHashSet(StringComparer.Ordinal);
        foreach (var unit in idle.Where(unit => !others.Contains(unit.Name) || triggered.ContainsKey(unit.Name)))
        {
            ReportIdle(unit, triggered.GetValueOrDefault(unit.Name) ?? []);
        }
    }

    private void ReportIdle(LoadedUnit unit, string[] triggered)
    {
        var first = InstallOf(unit).First();
        var message = $"{unit.Name} has {first.Setting.Name}={first.Value}, which only 'systemctl enable' applies, and nothing starts it"
            + (triggered.Length == 0 ? ". " : $", nor {string.Join(", ", triggered)}, which it would start. ")
            + $"Name it in a SystemdUnit item with UpheldBy=\"{first.Value.Split(' ')[0]}\".";
        if (extension.Definition.Units.Any(item => item.Name == unit.Name))
        {
            findings.Report(ImageDiagnostics.NeverStarted, unit.Sources[0].Path, unit.Name, message);
        }
        else
        {
            findings.Report(ImageDiagnostics.NeverStarted, first, _ => message);
        }
    }

    private static bool IsToBeEnabled(LoadedUnit unit) =>
        InstallOf(unit).Any() && (!UnitName.IsTemplate(unit.Name) || unit.Last("Install", "DefaultInstance") is not null);

    private static IEnumerable<SourcedSetting> InstallOf(LoadedUnit unit) => InstallSettings.SelectMany(name => unit.List("Install", name));
}
