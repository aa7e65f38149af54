using Compose.Diagnostics;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Offline;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Makes folders of packages, from which NuGet can restore the referenced .NET applications without a network.</summary>
public sealed class WriteApplicationFeeds : ComposeTask
{
    /// <summary>The lock file.</summary>
    [Required]
    public string LockFile { get; set; } = "";

    /// <summary>The projects of the applications.</summary>
    [Required]
    public ITaskItem[] Applications { get; set; } = [];

    /// <summary>The folder made by <c>compose vendor</c>; empty for the environment's.</summary>
    public string OfflineDirectory { get; set; } = "";

    /// <summary>Where to: each application gets a folder of its project's name.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        if (OfflineSource.OpenFor(OfflineDirectory.Length == 0 ? null : Absolute(OfflineDirectory)) is not { } source)
        {
            return;
        }

        foreach (var project in Applications.Select(application => application.GetMetadata("FullPath")).Distinct(StringComparer.Ordinal))
        {
            var folder = Path.Combine(Absolute(OutputDirectory), Path.GetFileNameWithoutExtension(project));
            ApplicationFeed.Write(source, Absolute(LockFile), project, folder, cancellationToken);
        }
    }
}
