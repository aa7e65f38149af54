using Compose.Diagnostics;
using Compose.FileTrees.Caching;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs;
using Compose.Tasks.Diagnostics;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Compose.Tasks;

/// <summary>
/// A task of the SDK: reads its parameters, calls a library and turns what that reports into MSBuild's errors and warnings.
/// </summary>
public abstract class ComposeTask : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private SeverityItems? _severities;

    /// <summary>The project that is built, an absolute path.</summary>
    [Required]
    public string ProjectFile { get; set; } = "";

    /// <summary>How large the cache of compressed blocks may become; 0 for none, empty for the default.</summary>
    public string BlockCacheSize { get; set; } = "";

    /// <summary>The Diagnostic items: codes, with the metadata Severity and Path.</summary>
    public ITaskItem[] Severities { get; set; } = [];

    /// <summary>The project's folder.</summary>
    protected string ProjectDirectory => Path.GetDirectoryName(ProjectFile)!;

    /// <summary>The items of the project that a diagnostic may be about.</summary>
    protected virtual IEnumerable<ITaskItem> Items => [];

    /// <summary>How important findings are that are only messages.</summary>
    protected virtual MessageImportance Importance => MessageImportance.Normal;

    /// <inheritdoc/>
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc/>
    public override bool Execute()
    {
        var severities = _severities = new SeverityItems(Severities, Items, ProjectFile);
        var reporter = new MSBuildDiagnosticReporter(Log, new ItemLocator(ProjectFile, [.. Items, .. Severities]), severities, Importance);
        try
        {
            severities.Check();
            Run(reporter, _cancellation.Token);
        }
        catch (DiagnosticException e)
        {
            reporter.Report(e.Diagnostic);
            severities.ReportRefused(reporter);

            // What is within it may be a library's, which names a proxy with its password.
            Log.LogMessage(MessageImportance.Low, "{0}", Credentials.RemoveFrom(e.ToString()));
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reporter.Report(TaskDiagnostics.FileAccess.Create(e.Message));
            Log.LogMessage(MessageImportance.Low, e.ToString());
        }

        return !Log.HasLoggedErrors;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cancellation.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Does the work.</summary>
    /// <exception cref="DiagnosticException">It cannot be done; the finding becomes the task's error.</exception>
    protected abstract void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken);

    /// <summary>Says which of <see cref="Severities"/> are wrong, when the checks are done and before an output is written.</summary>
    protected void CheckSeverities(IDiagnosticReporter reporter)
    {
        _severities!.ReportUnused(reporter);
        _severities.ReportRefused(reporter);
    }

    /// <summary>The cache of compressed blocks in a store; null when there is to be none.</summary>
    /// <exception cref="DiagnosticException"><see cref="BlockCacheSize"/> is no size.</exception>
    private protected BlockCache? OpenBlockCache(ContentStore store) =>
        BlockCacheSize == "0"
            ? null
            : new BlockCache(store.BlockCacheDirectory, PropertyValue.Size("ComposeBlockCacheSize", BlockCacheSize) ?? BlockCache.DefaultMaximumSize);

    /// <summary>A path that an author wrote: relative ones are relative to the project.</summary>
    protected string Absolute(string path) => Path.GetFullPath(Path.Combine(ProjectDirectory, path));
}
