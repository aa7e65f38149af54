using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.Images.Artifacts;
using Compose.Tool.Artifacts;

namespace Compose.Tool.Extract;

/// <summary>Extracts what a request asks for.</summary>
internal sealed class ExtractJob(ExtractRequest request, IDiagnosticReporter reporter)
{
    /// <summary>Opens the image and writes its files. When it throws, nothing is left, and an old directory stays.</summary>
    /// <returns>What was extracted.</returns>
    /// <exception cref="DiagnosticException">The image or the directory is at fault.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public EntryCounts Run(IProgress<ArtifactProgress>? progress, CancellationToken cancellationToken)
    {
        using var artifact = ArtifactWork.Open(request.Input, request.Limits, reporter, cancellationToken);
        var tree = Choose(artifact).Files!;
        if (request.Paths.Count > 0)
        {
            tree = tree.Include(request.Paths);
            if (tree.Count == 1)
            {
                throw new DiagnosticException(ToolDiagnostics.NothingToExtract.Create(
                    $"Nothing in '{request.Input}' matches {string.Join(", ", request.Paths.Select(path => $"'{path}'"))}. Patterns begin at the root of the file system."));
            }
        }

        CheckPlace(artifact);
        try
        {
            var losses = HostTreeWriter.Write(
                tree, request.Directory, request.Force, request.SameOwner, Relay(tree, progress), cancellationToken);
            Report(losses);
            return EntryCounts.Of(tree);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.CannotExtract.Create($"'{request.Directory}' cannot be written: {e.Message}"), e);
        }
    }

    private ArtifactPart Choose(Artifact artifact)
    {
        var parts = artifact.Parts.Where(part => part.Files is not null).ToArray();
        var chosen = request.Partition is { } name ? parts.Where(part => Is(part, name)).ToArray() : parts;
        if (chosen.Length == 1)
        {
            return chosen[0];
        }

        var choices = string.Join(", ", parts.Select(Describe));
        throw new DiagnosticException(ToolDiagnostics.NothingToExtract.Create(
            parts.Length == 0 ? $"'{request.Input}' holds no file system that can be read."
            : chosen.Length == 0 ? $"'{request.Input}' has no partition '{request.Partition}' with files that can be read. There are: {choices}."
            : $"'{request.Input}' has more than one partition {(request.Partition is { } wanted ? $"'{wanted}'" : "with files")}. Name one by --partition: {choices}."));
    }

    private static bool Is(ArtifactPart part, string name) =>
        part.Partition is { } partition
        && (name == partition.Description.Label
            || name == partition.Number.ToString(CultureInfo.InvariantCulture)
            || name == part.Purpose?.Name
            || name == part.Purpose?.Designator);

    private static string Describe(ArtifactPart part) =>
        part.Partition is { } partition
            ? string.Create(CultureInfo.InvariantCulture, $"{partition.Number} {TreePath.Describe(System.Text.Encoding.UTF8.GetBytes(partition.Description.Label))} ({part.Purpose?.Name ?? "of an unknown type"})")
            : part.Name;

    /// <summary>A directory that is replaced must not hold what is read.</summary>
    private void CheckPlace(Artifact artifact)
    {
        if (!request.Force || HostPath.GetKind(request.Directory) != HostPathKind.Directory)
        {
            return;
        }

        var input = HostPath.Resolve(artifact.Path);
        var directory = Path.TrimEndingDirectorySeparator(HostPath.Resolve(request.Directory));
        if (input == directory || input.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || (artifact.Kind == ArtifactKind.Directory && directory.StartsWith(input + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            throw new DiagnosticException(ToolDiagnostics.CannotExtract.Create(
                $"'{request.Directory}' would be replaced, and is or holds what is extracted, or lies in it. Name another directory."));
        }
    }

    private static Relayed? Relay(FileTree tree, IProgress<ArtifactProgress>? progress)
    {
        if (progress is null)
        {
            return null;
        }

        var total = 0L;
        var seen = new HashSet<TreeEntry>(ReferenceEqualityComparer.Instance);
        foreach (var item in tree.Items)
        {
            total += item.Entry is FileEntry file && seen.Add(file) ? file.Content.Length : 0;
        }

        return new Relayed(total, progress);
    }

    private void Report(HostTreeLosses losses)
    {
        string[] parts =
        [
            .. Part(losses.Owners, "the owners of", "name"), .. Part(losses.Attributes, "the extended attributes of", "name"),
            .. Part(losses.SetIdBits, "the set-ID bits of", "file"), .. Part(losses.Devices, "", "device"),
        ];
        if (parts.Length > 0)
        {
            reporter.Report(ToolDiagnostics.LeftOut.Create(
                $"Left out, as only root may keep them: {string.Join(", ", parts)}. With --same-owner they are kept."));
        }

        static string[] Part(int count, string what, string noun) =>
            count == 0 ? [] : [$"{what} {ReportConsole.Count(count, noun)}".TrimStart()];
    }

    private sealed class Relayed(long total, IProgress<ArtifactProgress> progress) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new ArtifactProgress("Extracting", value, total));
    }
}
