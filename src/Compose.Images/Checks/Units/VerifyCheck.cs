using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>Has <c>systemd-analyze verify</c> of the build host read the units of the merged tree.</summary>
/// <param name="extension">The extension.</param>
/// <param name="units">Its units.</param>
/// <param name="library">What the base's systemd knows; null when that is not known.</param>
/// <param name="findings">Takes the findings.</param>
internal sealed partial class VerifyCheck(CheckedExtension extension, UnitSet units, SystemdLibrary? library, UnitFindings findings)
{
    /// <summary>Almost all units require it: without it a base is none that boots, and systemd-analyze would object to each unit.</summary>
    private const string FirstTarget = "sysinit.target";

    /// <summary>What Compose finds itself, on every build host and with the place.</summary>
    private static readonly string[] Covered =
    [
        "Missing '='", "Missing key name", "Assignment outside of section", "Unknown section", "Invalid section header",
        "Bad characters in section header", "is not UTF-8 clean", "is not executable",
    ];

    /// <summary>Reports what systemd-analyze says of the extension's units and drop-ins.</summary>
    /// <param name="searchPath">The folders where it is looked for, separated by colons.</param>
    public void Check(string searchPath)
    {
        var names = units.Own.Concat(units.Changed).Select(units.Load).Where(unit => unit.HasFile).Select(unit => unit.Name).Distinct().ToArray();
        if (names.Length == 0 || !units.Load(FirstTarget).HasFile)
        {
            return;
        }

        if (SystemdAnalyze.Find(searchPath, extension.CancellationToken) is not { } analyze)
        {
            ReportNotRun("it is not installed");
        }
        else if (Run(analyze, names) is { } lines)
        {
            var messages = Messages(lines);
            if (messages.Exists(message => message.IsDoubtful) && (library is null || analyze.Version() < library.Version))
            {
                messages.RemoveAll(message => message.IsDoubtful);
            }

            Report(messages);
        }
    }

    private string[]? Run(SystemdAnalyze analyze, string[] names)
    {
        try
        {
            using var root = UnitRoot.Write(units.Host, extension.CancellationToken);
            if (root is null)
            {
                ReportNotRun("the merged tree has more of them than it should be given");
                return null;
            }

            var lines = analyze.Verify(root.Folder, names);
            if (analyze.Failure is { } failure)
            {
                ReportNotRun(failure);
                return null;
            }

            return [.. lines.Select(line => line.Replace(root.Folder, "", StringComparison.Ordinal))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ReportNotRun($"they could not be written to a temporary folder ({e.Message})");
            return null;
        }
    }

    private void ReportNotRun(string reason) => findings.Report(ImageDiagnostics.UnitsNotVerified,
        $"'systemd-analyze verify' did not read the units of '{extension.Name}': {reason}. All other checks of units were made.");

    /// <summary>What is said of the extension's own files and of the units that it has or changes, without what is known.</summary>
    private List<Message> Messages(IEnumerable<string> lines)
    {
        var messages = new List<Message>();
        var explained = new HashSet<string>(StringComparer.Ordinal);
        var ignored = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var message = OfFile(line, ignored) ?? OfUnit(line, ignored);
            if (message is null || (message.IsSummary && explained.Contains(message.Unit)))
            {
                continue;
            }

            explained.Add(message.Unit);
            var isCovered = Covered.Any(text => message.Text.Contains(text, StringComparison.Ordinal))
                || (library is { Settings.Count: > 0 } && message.Text.StartsWith("Unknown key", StringComparison.Ordinal));
            if (!isCovered)
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    /// <summary>A line such as <c>/usr/lib/systemd/system/x.service:3: Failed to parse</c>.</summary>
    private Message? OfFile(string line, HashSet<string> ignored)
    {
        var match = FileLine().Match(line);
        if (!match.Success || !TreePath.TryParse(Encoding.UTF8.GetBytes(match.Groups["path"].Value), out var path))
        {
            return null;
        }

        var (text, unit) = (match.Groups["text"].Value, UnitSet.NameOf(path) ?? UnitSet.NameBefore(path.Parent, ".d") ?? "");
        var isIgnored = text.Contains(", ignoring", StringComparison.Ordinal);
        if (isIgnored)
        {
            ignored.Add(unit);
        }

        return extension.Tree.TryGet(path, out var entry)
            ? new(unit, text, false, isIgnored, path, entry, int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>A line such as <c>x.service: Service has no ExecStart=</c>, or <c>Unit x.service failed to load</c>.</summary>
    private Message? OfUnit(string line, HashSet<string> ignored)
    {
        var match = UnitLine().Match(line);
        if (!match.Success || !UnitName.IsValid(match.Groups["unit"].Value))
        {
            return null;
        }

        var (text, unit) = (match.Groups["text"].Value, units.Load(match.Groups["unit"].Value));
        var isDoubtful = text.Contains("bad unit file setting", StringComparison.Ordinal)
            || (text.EndsWith("Refusing.", StringComparison.Ordinal) && ignored.Contains(unit.Name));
        return unit.Sources.LastOrDefault(units.IsOwn) is { } source
            ? new(unit.Name, text, match.Groups["summary"].Success, isDoubtful, source.Path, source.Entry, 0)
            : null;
    }

    /// <summary>Reports one finding for each line of a file, and one for all that is said of a unit.</summary>
    private void Report(IEnumerable<Message> messages)
    {
        // systemd reads units in no certain order.
        foreach (var group in messages.OrderBy(message => message.Path).ThenBy(message => message.Line).GroupBy(message => (message.Path, message.Line, message.Unit)))
        {
            var (first, text) = (group.First(), string.Join(" ", group.Select(message => message.Text).Distinct()));
            var subject = first.Line == 0 ? first.Unit : UnitFindings.Place(first.Path, first.Line);
            findings.Report(ImageDiagnostics.UnitNotVerified, first.Path, first.Entry, first.Line,
                $"'systemd-analyze verify' says of {subject}: {TreePath.Describe(Encoding.UTF8.GetBytes(text))}");
        }
    }

    [GeneratedRegex(@"^(?<path>/[^:]+(?::[^:/]+)*?):(?<line>\d{1,8}): (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex FileLine();

    [GeneratedRegex(@"^(?:(?<summary>Unit )(?<unit>[\w:.\\@-]+)|(?<unit>[\w:.\\@-]+):) (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex UnitLine();

    /// <summary>A line of output.</summary>
    /// <param name="Unit">The unit that it is about.</param>
    /// <param name="Text">What it says.</param>
    /// <param name="IsSummary">Whether it only says that a unit was not loaded.</param>
    /// <param name="IsDoubtful">
    /// Whether an older systemd may say so of what a newer one takes: of a value that it does not know, and of what fails for
    /// that. That a unit is missing is no matter of versions.
    /// </param>
    /// <param name="Path">The extension's file.</param>
    /// <param name="Entry">What stands there.</param>
    /// <param name="Line">The line of the file; 0 when none is named.</param>
    private sealed record Message(string Unit, string Text, bool IsSummary, bool IsDoubtful, TreePath Path, TreeEntry Entry, int Line);
}
