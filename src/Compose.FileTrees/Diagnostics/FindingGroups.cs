using System.Globalization;
using System.Text;

namespace Compose.Diagnostics;

/// <summary>Makes one finding of those that differ in their path only, so that a mistake in 500 files is no 500 lines.</summary>
public static class FindingGroups
{
    private const int PathsShown = 10;

    /// <summary>
    /// The findings, in the order of the first of each group. Two are of one group when all they say is the same but for their
    /// own path: the message is that of the first, and names the other paths, or as many as can be read.
    /// </summary>
    public static IEnumerable<Diagnostic> Merge(IEnumerable<Diagnostic> findings) =>
        findings.GroupBy(WithoutPath).Select(group => Join(group.First(), [.. group.Select(finding => finding.Path).OfType<string>().Skip(1)]));

    private static Diagnostic WithoutPath(Diagnostic finding) => finding.Path is null
        ? finding
        : finding with
        {
            Message = finding.Message.Replace(finding.Path, "\0", StringComparison.Ordinal),
            Path = null,
            // A line is a place of its own; a whole file is there because of its path.
            SourceFile = finding.SourceLine == 0 ? null : finding.SourceFile,
        };

    private static Diagnostic Join(Diagnostic first, IReadOnlyList<string> others)
    {
        if (others.Count == 0)
        {
            return first;
        }

        var shown = Math.Min(others.Count, PathsShown - 1);
        var message = new StringBuilder(first.Message).Append(
            CultureInfo.InvariantCulture, $" The same holds for {others.Count} other path{(others.Count == 1 ? "" : "s")}: ");
        message.AppendJoin(", ", others.Take(shown));
        if (shown < others.Count)
        {
            message.Append(CultureInfo.InvariantCulture, $" and {others.Count - shown} more");
        }

        return first with { Message = message.Append('.').ToString() };
    }
}
