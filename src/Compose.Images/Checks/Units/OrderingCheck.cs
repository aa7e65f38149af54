using Compose.Images.Extensions;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>
/// Finds units that shall run before what they cannot run before: a unit of an extension exists when the extension is merged,
/// and what is started before sysinit.target was decided on before.
/// </summary>
/// <param name="extension">The extension.</param>
/// <param name="units">Its units.</param>
/// <param name="findings">Takes the findings.</param>
internal sealed class OrderingCheck(CheckedExtension extension, UnitSet units, UnitFindings findings)
{
    /// <summary>How far a chain of Before= is followed.</summary>
    private const int DepthLimit = 8;

    private readonly Dictionary<string, bool> _early = new(StringComparer.Ordinal)
    {
        ["sysinit.target"] = true,
        ["local-fs-pre.target"] = true,
        ["local-fs.target"] = true,
        ["shutdown.target"] = false,
    };

    private string MergingService => extension.Definition.Kind == ExtensionKind.System ? "systemd-sysext.service" : "systemd-confext.service";

    /// <summary>Looks at what a unit is ordered before, as far as the extension's own files say it.</summary>
    public void Check(LoadedUnit unit)
    {
        foreach (var setting in unit.All("Unit", "Before").Where(setting => units.IsOwn(setting.Source)))
        {
            // Of several names on one line the first that is too early is enough.
            foreach (var name in UnitWords.OfList(setting.Value).Where(UnitName.IsValid).OrderByDescending(name => name == MergingService))
            {
                if (name == MergingService)
                {
                    findings.Report(ImageDiagnostics.OrderedBeforeMerge, setting, place =>
                        $"{place} orders {unit.Name} before {name}, which merges the extension that {unit.Name} is in: the unit does not exist before. "
                        + "Take the name out, or put the unit into the base.");
                    break;
                }
                else if (extension.BaseTree is not null && IsEarly(name, 0))
                {
                    findings.Report(ImageDiagnostics.OrderedBeforeMerge, setting, place =>
                        $"{place} orders {unit.Name} before {name}, which is started before or while {MergingService} merges the extension: "
                        + $"{unit.Name} exists too late for that. Order it after what it needs, or put the unit into the base.");
                    break;
                }
            }
        }
    }

    /// <summary>Whether the base's unit is started on the way to sysinit.target, which is when extensions are merged.</summary>
    private bool IsEarly(string name, int depth)
    {
        if (_early.TryGetValue(name, out var known))
        {
            return known;
        }

        if (depth == DepthLimit)
        {
            return false;
        }

        // A name that is asked for while it is looked at belongs to a cycle, and says nothing.
        _early[name] = false;
        var unit = units.Load(name);
        var isEarly = unit.HasFile
            && !units.IsOwn(unit.Sources[0])
            && unit.IsOff("Unit", "DefaultDependencies")
            && unit.All("Unit", "Before").SelectMany(setting => UnitWords.OfList(setting.Value))
                .Any(other => UnitName.IsValid(other) && IsEarly(other, depth + 1));
        return _early[name] = isEarly;
    }
}
