using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Merging;
using Compose.Images.Extensions;

namespace Compose.Images.Checks.Sets;

/// <summary>Finds paths that two extensions hold.</summary>
internal sealed class SharedPathsCheck : ISetCheck
{
    /// <inheritdoc/>
    public void Check(ExtensionSet set, IDiagnosticReporter reporter)
    {
        foreach (var (first, second) in set.NewPairs)
        {
            foreach (var (path, entry) in first.Tree.Items)
            {
                // Directories of the extension that is built are compared with those of all other trees elsewhere.
                if (second.Tree.TryGet(path, out var other)
                    && !(entry is DirectoryEntry && other is DirectoryEntry && (first == set.Built || second == set.Built))
                    && Find(path, first, entry, second, other) is { } finding)
                {
                    // In the build of the one that has the path, what brings it there says more than the reference to the other.
                    var located = finding with { Path = $"/{path}" };
                    reporter.Report(first == set.Built ? located : located.At(second, first));
                }
            }
        }
    }

    private static Diagnostic? Find(TreePath path, ReferencedExtension first, TreeEntry entry, ReferencedExtension second, TreeEntry other)
    {
        var conflict = LinkConflict.Find(path, $"the extension {first.Name}", entry, $"the extension {second.Name}", other);
        return conflict ?? (entry, other) switch
        {
            (DirectoryEntry one, DirectoryEntry two) => FindDifference(path, first, one, second, two),
            (DirectoryEntry, _) or (_, DirectoryEntry) => ImageDiagnostics.PathInTwoExtensions.Create(
                $"'/{path}' is in the extensions {first.Name} and {second.Name}, a directory in one of them; which one counts depends on their names."),
            _ when EntryComparison.AreSame(entry, other) => ImageDiagnostics.PathInTwoExtensions.AsMessage().Create(
                $"'/{path}' is in the extensions {first.Name} and {second.Name}, and the same."),
            _ => ImageDiagnostics.PathInTwoExtensions.Create(
                $"'/{path}' is in the extensions {first.Name} and {second.Name}, and not the same; which one counts depends on their names."),
        };
    }

    /// <summary>Which directory is above the other depends on the extensions' names: the worse case counts.</summary>
    private static Diagnostic? FindDifference(
        TreePath path, ReferencedExtension first, DirectoryEntry one, ReferencedExtension second, DirectoryEntry two)
    {
        var finding = DirectoryDifference.Find(path, one, $"in {first.Name}", two, second.Name);
        return finding is { Descriptor.Severity: DiagnosticSeverity.Error }
            ? finding
            : DirectoryDifference.Find(path, two, $"in {second.Name}", one, first.Name);
    }
}
