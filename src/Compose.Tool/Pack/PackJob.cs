using System.Diagnostics;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>Packs what a request asks for.</summary>
internal sealed class PackJob(PackRequest request)
{
    /// <summary>The namespaces of extended attributes that the format has numbers for.</summary>
    private static readonly string[] Namespaces = ["user.", "trusted.", "security."];

    /// <summary>What to tell besides the result.</summary>
    public List<Diagnostic> Warnings { get; } = [];

    /// <summary>Reads the input and writes the image. When it throws, no image was written, and an old one stays.</summary>
    /// <exception cref="DiagnosticException">The input or the output is at fault.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public PackResult Run(IPackProgress progress, CancellationToken cancellationToken)
    {
        var output = CheckOutput();
        var sortList = ReadSortList();
        try
        {
            var start = Stopwatch.GetTimestamp();
            using var input = PackInput.Read(request with { Output = output }, progress, cancellationToken);
            var tree = SetMetadata(input.Tree);
            var options = request.Options with { ModificationTime = request.Time ?? LatestTime(tree), SortList = sortList };
            var reading = Stopwatch.GetElapsedTime(start);

            var summary = SquashFsWriter.WriteFile(tree, output, options, progress, cancellationToken);
            return new PackResult
            {
                Request = request,
                Options = options,
                Summary = summary,
                Entries = EntryCounts.Of(tree),
                Reading = reading,
                Total = DateTime.Now - Process.GetCurrentProcess().StartTime,
            };
        }
        catch (InvalidFileTreeException e)
        {
            throw new DiagnosticException(ToolDiagnostics.BadInput.Create($"{request.Input}: {e.Message}"), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.BadOutput.Create($"'{request.Output}' cannot be written: {e.Message}"), e);
        }
    }

    /// <summary>Finds what cannot work before anything is read.</summary>
    /// <returns>The file to write: where the output is a symbolic link, the file that it leads to.</returns>
    private string CheckOutput()
    {
        try
        {
            var output = Path.GetFullPath(request.Output);
            switch (HostPath.GetKind(output))
            {
                case HostPathKind.Directory:
                    throw Bad($"'{request.Output}' is a directory. Name the file to write.");
                case HostPathKind.Special:
                    throw Bad($"'{request.Output}' is a device or a pipe. An image is written to a file, which takes its name when it is complete.");
                case HostPathKind.File:
                    output = HostPath.Resolve(output);
                    break;
            }

            var folder = Path.GetDirectoryName(output)!;
            if (HostPath.GetKind(folder) != HostPathKind.Directory)
            {
                throw Bad($"The directory '{folder}' does not exist. Make it, or write the image elsewhere.");
            }

            if (request.Input != PackRequest.StandardInput && HostPath.GetKind(request.Input) == HostPathKind.Directory
                && IsWithin(HostPath.Resolve(folder), HostPath.Resolve(request.Input)))
            {
                throw Bad($"'{request.Output}' lies in the directory that is packed, and would become a part of itself. Write the image elsewhere.");
            }

            return output;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.BadOutput.Create($"'{request.Output}' cannot be written: {e.Message}"), e);
        }
    }

    private SquashFsSortList? ReadSortList()
    {
        try
        {
            return request.SortFile is { } file ? SquashFsSortList.ReadFile(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.BadInput.Create($"The sort list '{request.SortFile}' cannot be read: {e.Message}"), e);
        }
    }

    private static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(Path.TrimEndingDirectorySeparator(directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private FileTree SetMetadata(FileTree tree)
    {
        var leftOut = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var changes = request.AllRoot;
        foreach (var item in tree.Items)
        {
            foreach (var attribute in item.Entry.Metadata.ExtendedAttributes)
            {
                if (!IsKept(attribute))
                {
                    changes = true;
                    leftOut[attribute.Name] = leftOut.GetValueOrDefault(attribute.Name) + 1;
                }
            }
        }

        if (!changes)
        {
            return tree;
        }

        if (!request.NoAttributes && leftOut.Count > 0)
        {
            Warnings.Add(ToolDiagnostics.AttributesLeftOut.Create(
                $"Squashfs cannot hold these extended attributes, which are left out: {string.Join(", ", leftOut.Select(name => $"{name.Key} (of {name.Value} {(name.Value == 1 ? "name" : "names")})"))}."));
        }

        return tree.MapMetadata(item =>
        {
            var metadata = item.Entry.Metadata;
            if (request.AllRoot)
            {
                metadata = metadata with { UserId = 0, GroupId = 0 };
            }

            return metadata.ExtendedAttributes.Count == 0
                ? metadata
                : metadata with { ExtendedAttributes = new ExtendedAttributes(metadata.ExtendedAttributes.Where(IsKept)) };
        });
    }

    private bool IsKept(ExtendedAttribute attribute) =>
        !request.NoAttributes && Array.Exists(Namespaces, name => attribute.Name.StartsWith(name, StringComparison.Ordinal));

    /// <summary>The image's own time, when none is given: no clock, so that the same input gives the same image.</summary>
    private static long LatestTime(FileTree tree)
    {
        var latest = 0L;
        foreach (var item in tree.Items)
        {
            latest = Math.Max(latest, item.Entry.Metadata.ModifiedTime);
        }

        return Math.Min(latest, uint.MaxValue);
    }

    private static DiagnosticException Bad(string message) => new(ToolDiagnostics.BadOutput.Create(message));
}
