using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>Keeps what is found until all files were looked at. Of what a file lacks, each thing is found once.</summary>
internal sealed class ExecutableFindings(CheckedExtension extension)
{
    private readonly HashSet<(string Code, string Path, string Subject)> _known = [];
    private readonly List<Found> _found = [];

    /// <summary>Adds a finding about a file of the extension.</summary>
    /// <param name="descriptor">The kind.</param>
    /// <param name="file">The file.</param>
    /// <param name="message">What is wrong; findings that differ in their path only are shown as one.</param>
    /// <param name="subject">What the file lacks.</param>
    /// <param name="line">The file's line that has the mistake, from 1; 0 for the whole file.</param>
    public void Add(DiagnosticDescriptor descriptor, TreeItem file, string message, string subject = "", int line = 0)
    {
        if (_known.Add((descriptor.Code, ElfName.Of(file.Path), subject)))
        {
            _found.Add(new Found(file.Path, extension.Finding(descriptor, file, message, line)));
        }
    }

    /// <summary>Reports all findings in the order of paths, those of one file in the order in which they were found.</summary>
    public void Report(IDiagnosticReporter reporter)
    {
        foreach (var found in _found.OrderBy(found => found.Path))
        {
            reporter.Report(found.Finding);
        }
    }

    private sealed record Found(TreePath Path, Diagnostic Finding);
}
