using Compose.Diagnostics;
using Compose.FileTrees.Operations;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Diagnostics;

/// <summary>
/// What a project says of severities: by its Diagnostic items, and by the metadata NoWarn and WarningsAsErrors of any item that a
/// diagnostic is about. The properties of the same names are MSBuild's matter.
/// </summary>
/// <param name="severities">The Diagnostic items: the include is the code, with the metadata Severity and Path.</param>
/// <param name="items">The items that diagnostics are about.</param>
/// <param name="projectFile">The project that is built.</param>
internal sealed class SeverityItems(IReadOnlyList<ITaskItem> severities, IEnumerable<ITaskItem> items, string projectFile)
{
    private const string ItemType = "Diagnostic";

    /// <summary>What can be lowered is found by the checks of extensions and images: these are their codes.</summary>
    private static readonly string[] CodesOfFindings = ["COMPOSE2", "COMPOSE3"];

    private readonly List<(ITaskItem Item, SeverityRule Rule)> _rules = [];

    /// <summary>What follows from the items; before <see cref="Check"/>, nothing.</summary>
    public SeverityRules Rules { get; private set; } = new([]);

    /// <summary>Reads the items.</summary>
    /// <exception cref="DiagnosticException">A Diagnostic item cannot be used.</exception>
    public void Check()
    {
        _rules.AddRange(severities.Select(item => (item, Read(item))));
        Rules = new([.. _rules.Select(rule => rule.Rule), .. items.SelectMany(RulesOf)]);
    }

    /// <summary>Reports the project's own Diagnostic items that were about nothing, once all that they can be about was reported.</summary>
    public void ReportUnused(IDiagnosticReporter reporter)
    {
        // One of a shared file is for all projects together.
        foreach (var (item, rule) in _rules.Where(rule => !Rules.IsUsed(rule.Rule) && rule.Item.GetMetadata("DefiningProjectFullPath") == projectFile))
        {
            var paths = rule.Paths.Count == 0 ? "" : $" about a path that is like {string.Join(" or ", rule.Paths)}";
            reporter.Report(TaskDiagnostics.UnusedSeverity.Create(
                $"The build found no {rule.Code}{paths}: remove the Diagnostic item, or correct it.", item.ItemSpec, TraitsOf(item)));
        }
    }

    /// <summary>Reports Diagnostic items for errors that cannot be lowered.</summary>
    public void ReportRefused(IDiagnosticReporter reporter)
    {
        foreach (var (item, rule) in _rules.Where(rule => Rules.IsRefused(rule.Rule)))
        {
            reporter.Report(TaskDiagnostics.RefusedSeverity.Create(
                $"This {rule.Code} is no finding in something that can be made all the same: without what it asks for there is no output. It stays an error.",
                item.ItemSpec,
                TraitsOf(item)));
        }
    }

    private static SeverityRule Read(ITaskItem item)
    {
        var code = item.ItemSpec;
        if (!CodesOfFindings.Any(start => code.StartsWith(start, StringComparison.Ordinal))
            || (DocumentationPage.For(code) is { } page && !File.Exists(page)))
        {
            throw Bad(item, $"'{code}' is not the code of something that is found in an extension or an image: COMPOSE2xxx or COMPOSE3xxx");
        }

        var severity = item.GetMetadata("Severity");
        return new(code, severity switch
        {
            "none" => null,
            "message" => DiagnosticSeverity.Message,
            "warning" => DiagnosticSeverity.Warning,
            "error" => DiagnosticSeverity.Error,
            _ => throw Bad(item, $"'{severity}' is no Severity: none, message, warning or error"),
        })
        {
            Paths = [.. Split(item.GetMetadata("Path"), ';').Select(path => Pattern(item, path))],
        };
    }

    private static Glob Pattern(ITaskItem item, string path)
    {
        try
        {
            return new Glob(path);
        }
        catch (FormatException e)
        {
            throw Bad(item, e.Message.TrimEnd('.'));
        }
    }

    /// <summary>As for NuGet's items: NoWarn stands above WarningsAsErrors, and comes last.</summary>
    private static IEnumerable<SeverityRule> RulesOf(ITaskItem item) =>
    [
        .. Codes(item, "WarningsAsErrors").Select(code => new SeverityRule(code, DiagnosticSeverity.Error) { Item = item.ItemSpec, WarningsOnly = true }),
        .. Codes(item, "NoWarn").Select(code => new SeverityRule(code, null) { Item = item.ItemSpec, WarningsOnly = true }),
    ];

    private static string[] Codes(ITaskItem item, string name) => Split(item.GetMetadata(name), ';', ',', ' ');

    private static string[] Split(string text, params ReadOnlySpan<char> separators) =>
        text.Length == 0 ? [] : text.Split(separators.ToArray(), StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static ItemTraits TraitsOf(ITaskItem item) => new(ItemType, "Path", item.GetMetadata("Path"));

    private static DiagnosticException Bad(ITaskItem item, string reason) =>
        new(TaskDiagnostics.BadSeverity.Create($"The Diagnostic item '{item.ItemSpec}' cannot be used: {reason}.", item.ItemSpec, TraitsOf(item)));
}
